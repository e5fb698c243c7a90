import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percentDecode, readCookies, trimSpaceAndTab } from '../../src/http/cookies.js'

const among = (names: readonly string[]) => (name: string) => names.includes(name)
const read = (field: string, ...wanted: string[]) => Object.fromEntries(readCookies([field], among(wanted)))

describe('readCookies', () => {
  it('takes exact names after trimming space and tab', () => {
    expect(read('a=1; b=2;c=3;\td \t=\t4 ', 'a', 'c', 'd')).toEqual({ a: ['1'], c: ['3'], d: ['4'] })
  })

  it.each(['\u00a0sid=x', '\u2003sid=x', '\ufeffsid=x', '\u000bsid=x', 'Sid=x', 'sid\u00a0=x', 'xsid=x', '=sid=x'])(
    'does not take a foreign name for ours: %j',
    (field) => {
      expect(read(field, 'sid')).toEqual({})
    },
  )

  it('keeps equals signs of a value and strips one pair of quotes', () => {
    expect(read('sid=a=b==', 'sid')).toEqual({ sid: ['a=b=='] })
    expect(read('sid="a"', 'sid')).toEqual({ sid: ['a'] })
    expect(read('sid=""a""', 'sid')).toEqual({ sid: ['"a"'] })
    expect(read('sid="', 'sid')).toEqual({ sid: ['"'] })
  })

  it('treats an empty value as a missing cookie', () => {
    expect(read('sid=; sid=""; sid', 'sid')).toEqual({})
  })

  it('does not let a quoted value swallow its neighbour', () => {
    expect(read('theme="a; sid=b; c"', 'sid')).toEqual({ sid: ['b'] })
  })

  it('keeps names of object members apart from ours', () => {
    expect(read('__proto__=1; constructor=2', 'sid')).toEqual({})
    expect(readCookies(['__proto__=1'], among(['__proto__'])).get('__proto__')).toEqual(['1'])
  })

  it('keeps no more values of a name than show that there are too many', () => {
    const field = Array.from({ length: 50_000 }, (_, i) => `sid=${i}`).join(';')
    expect(readCookies([field], among(['sid'])).get('sid')).toEqual(['0', '1', '2', '3'])
  })

  it('never throws and never invents a value', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), (fields) => {
        for (const values of readCookies(fields, among(['a', 'sid'])).values())
          for (const value of values) expect(fields.some((field) => field.includes(value))).toBe(true)
      }),
    )
  })
})

describe('percentDecode', () => {
  it('gives a malformed encoding back as it stands', () => {
    expect(percentDecode('a%2Bb')).toBe('a+b')
    for (const broken of ['%', '%zz', 'a%2', '%ff', '%E0%A4%A']) expect(percentDecode(broken)).toBe(broken)
  })

  it('does not take plus for a space', () => {
    expect(percentDecode('a+b%2B')).toBe('a+b+')
  })
})

it('trims space and tab only', () => {
  expect(trimSpaceAndTab(' \t a \t ')).toBe('a')
  expect(trimSpaceAndTab('\u00a0a\n')).toBe('\u00a0a\n')
  expect(trimSpaceAndTab('\t \t')).toBe('')
})
