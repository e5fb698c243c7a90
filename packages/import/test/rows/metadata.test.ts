import { describe, expect, it } from 'vitest'
import { parseRow } from '../../src/rows/parse.js'

const itself: Record<string, unknown> = {}
itself['itself'] = itself
let deep: unknown = 'deep'
for (let depth = 0; depth < 100_000; depth++) deep = [deep]

describe('metadata of a row', () => {
  it.each<[string, unknown, unknown]>([
    ['nothing', null, {}],
    ['a big integer', { n: 9007199254740993n }, { n: '9007199254740993' }],
    ['a date', { at: new Date(0), none: undefined }, { at: '1970-01-01T00:00:00.000Z' }],
    ['a list with both', { all: [1n, new Date(0)] }, { all: ['1', '1970-01-01T00:00:00.000Z'] }],
  ])('is JSON: %s', (_name, metadata, expected) => {
    expect(parseRow('person', { id: 'a', metadata })).toMatchObject({ ok: true, row: { metadata: expected } })
  })

  it('keeps a field that is called __proto__, and changes no prototype', () => {
    const parsed = parseRow('person', { id: 'a', metadata: JSON.parse('{"__proto__":{"isAdmin":true}}') as object })
    expect(JSON.stringify(parsed)).toContain('"metadata":{"__proto__":{"isAdmin":true}}')
    expect(Object.hasOwn({}, 'isAdmin') || 'isAdmin' in {}).toBe(false)
  })

  it.each<[string, unknown]>([
    ['bytes', { bytes: Buffer.from('secret') }],
    ['a typed array', { bytes: new Uint8Array(2) }],
    ['an object that refers to itself', itself],
    ['what is nested without end', { deep }],
    ['a list', [1]],
    ['a text', 'text'],
    ['a function', () => 1],
    ['what is too long', { long: 'x'.repeat(70_000) }],
    [
      'what throws',
      {
        toJSON: () => {
          throw new Error('secret')
        },
      },
    ],
  ])('is refused by a code: %s', (_name, metadata) => {
    expect(parseRow('person', { id: 'a', metadata })).toEqual({
      ok: false,
      id: 'a',
      code: 'invalid_metadata',
      at: null,
    })
  })
})
