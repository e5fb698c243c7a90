import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { parseOptions } from '../../src/settings/options.js'
import {
  bearerPrefix,
  between,
  headerKeyPrefix,
  nonEmpty,
  object,
  text,
  texts,
  token,
  wholeBetween,
  withMethods,
} from '../../src/settings/schemas.js'
import { isAuthError } from '../../src/index.js'

const parse = (schema: z.ZodMiniType, value: unknown): unknown => parseOptions(schema, value, 'it')

function refusal(schema: z.ZodMiniType, value: unknown): string {
  try {
    parse(schema, value)
  } catch (error) {
    if (isAuthError(error)) return error.message
    throw error
  }
  return 'accepted'
}

it('leaves out what is undefined, so that a default stands', () => {
  const sent = { name: undefined, path: '/' }
  expect(
    Object.keys(parse(object({ name: z.exactOptional(text), path: z.exactOptional(text) }), sent) as object),
  ).toEqual(['path'])
})

describe('an option', () => {
  it.each<[string, z.ZodMiniType, unknown]>([
    ['must be a non-empty string', text, ''],
    ['must be a non-empty string', text, 7],
    ['must be a string or a list of strings', texts, []],
    ['must be a string or a list of strings', texts, 5],
    ['must be a number from 1 to 9', between(1, 9), 10],
    ['must be a number from 1 to 9', between(1, 9), Number.NaN],
    ['must be a number from 1 to 9', between(1, 9), '5'],
    ['must be a whole number from 1 to 9', wholeBetween(1, 9), 1.5],
    ['must be a boolean', z.boolean(), 0],
    ['must be one of a, b', z.enum(['a', 'b']), 'c'],
    ['must be of the form /^a$/', z.string().check(z.regex(/^a$/)), 'b'],
    ['must be a store with get', withMethods<Map<string, string>>(['get'], 'a store with get'), null],
    ['must not be empty', nonEmpty(text), []],
    ['must be an array', z.array(text), 'a'],
    ['must be an object', object({}), null],
    ['is required: a non-empty string', text, undefined],
  ])('%s', (message, schema, value) => {
    expect(refusal(schema, value)).toBe(`it: ${message}`)
  })

  it('is named with its place in lists and objects', () => {
    const schema = object({ rules: z.array(object({ pattern: text })) })
    expect(refusal(schema, { rules: [{ pattern: 'a' }, { pattern: '' }] })).toBe(
      'it.rules[1].pattern: must be a non-empty string',
    )
    expect(refusal(schema, { rules: [], other: 1, more: 2 })).toBe(
      'it.other: unknown option; it takes rules; it.more: unknown option; it takes rules',
    )
    expect(refusal(schema, {})).toBe('it.rules: is required: an array')
    expect(refusal(z.array(text), [undefined])).toBe('it[0]: is undefined; must be a non-empty string')
  })

  it('is named by its own path inside one of several forms, where one was clearly meant', () => {
    const secret = object({ id: text, secret: text })
    const key = object({ id: text, key: text, algorithm: text })
    const schema = object({ client: z.union([z.literal('none'), secret, key], 'a client') })
    const refused = (client: unknown) => refusal(schema, { client })
    expect(refused({ id: 'a', secret: '' })).toBe('it.client.secret: must be a non-empty string')
    expect(refused({ id: 'a', key: 'k' })).toBe('it.client.algorithm: is required: a non-empty string')
    expect(refused({ id: 'a' })).toBe('it.client.secret: is required: a non-empty string')
    expect(refused({ id: 'a', secret: 'b', more: 1 })).toBe('it.client.more: unknown option; it takes id, secret')
    for (const other of [5, null, 'some', []]) expect(refused(other)).toBe('it.client: must be a client')
    expect(refused(undefined)).toBe('it.client: is required: a client')
    expect(refusal(texts, ['a', ''])).toBe('it[1]: must be a non-empty string')
  })

  it('names all forms where none was clearly meant', () => {
    const carrier = z.union([z.literal('bearer'), object({ cookie: text }), object({ header: text })], 'a carrier')
    for (const value of [{}, { query: 'a' }, { cookie: 'a', header: 'b' }])
      expect(refusal(carrier, value)).toBe('it: must be a carrier')
  })

  it('takes its default where it is undefined, and a copy each time', () => {
    const schema = object({ list: z._default(z.array(text), ['a']) })
    const first = parse(schema, { list: undefined }) as { list: string[] }
    first.list.push('b')
    expect(parse(schema, {})).toEqual({ list: ['a'] })
  })

  it('may be an accessor of a class', () => {
    class Options {
      get name() {
        return 'a'
      }
    }
    expect(parse(object({ name: text }), new Options())).toEqual({ name: 'a' })
  })

  it('never shows its value', () => {
    const secret = 'hunter2-hunter2'
    const schemas = [z.literal('a'), z.enum(['a']), z.string().check(z.regex(/^a$/)), z.number(), z.array(text)]
    for (const schema of schemas) expect(refusal(schema, secret)).not.toContain(secret)
    expect(refusal(z.union([object({ a: text }), z.null()]), { a: 5, b: secret })).not.toContain(secret)
  })

  it('is named in about 1 KB, however many mistakes there are and however long its name is', () => {
    const schema = object({ rules: z.record(z.string('an id').check(z.maxLength(9)), object({ pattern: text })) })
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, place) => [`r${place}`, {}]))
    const long = 'x'.repeat(1_000_000)
    expect(refusal(schema, { rules: many(20_000) })).toMatch(/^it\.rules\.r0\.pattern: is required.*; and 19990 more$/)
    const hostile = [
      { rules: many(50_000) },
      { rules: { [long]: {} } },
      { rules: {}, [long]: 1, ...many(20_000) },
      { rules: Object.fromEntries(Array.from({ length: 20 }, (_, place) => [`${place}`, { [long + place]: 1 }])) },
      { rules: long },
    ]
    for (const value of hostile) {
      const message = refusal(schema, value)
      expect(message.startsWith('it')).toBe(true)
      expect(message.length).toBeLessThan(1_200)
    }
    expect(refusal(schema, { rules: { abcdefghij: { pattern: 'a' } } })).toBe(
      'it.rules.abcdefghij: its name must be an id',
    )
  })

  it('never forges a line of a log by its name', () => {
    const message = refusal(object({}), { 'a\n2026-01-01 all is well\u2028\u202e\ud800': 1 })
    expect(message).not.toMatch(/[\p{C}\u2028]/u)
    expect(message.startsWith('it.a\ufffd2026-01-01 all is well')).toBe(true)
  })

  it('may be left out, or be undefined, where it is optional', () => {
    for (const value of [{}, { a: undefined }, { a: 'x' }])
      expect(parse(object({ a: z.exactOptional(text) }), value)).toEqual(value)
  })

  it('is a copy: what the app does to its own list later changes nothing', () => {
    const [audience, origins] = [['a'], ['b']]
    const parsed = parse(object({ audience: texts, origins: z.array(text) }), { audience, origins })
    audience.push('c')
    origins.push('d')
    expect(parsed).toEqual({ audience: ['a'], origins: ['b'] })
  })

  it('is the very value where it is a function or a store', () => {
    const store = new Map<string, string>()
    expect(parse(withMethods<typeof store>(['get', 'set'], 'a store'), store)).toBe(store)
    expect(parse(z.custom(), store)).toBe(store)
  })

  it('is parsed or refused by name, whatever it is', () => {
    const schema = object({
      a: text,
      b: z.exactOptional(between(0, 1)),
      c: z.array(z.literal(['x', true])),
      d: nonEmpty(object({ e: texts })),
      f: z.custom((value) => Array.isArray(value), 'a list'),
    })
    const some = fc.oneof(fc.anything(), fc.record({ a: fc.anything(), c: fc.array(fc.anything()), d: fc.anything() }))
    fc.assert(fc.property(some, (value) => /^(?:accepted|it[.[:])/.test(refusal(schema, value))))
  })
})

describe('a token', () => {
  const accepted = (schema: z.ZodMiniType, values: readonly unknown[]) =>
    values.filter((value) => refusal(schema, value) === 'accepted')

  it('is of any length and holds what RFC 9110 allows', () => {
    const long = 'x'.repeat(1_000)
    expect(accepted(token('a name'), ['wos-session', 'a.b', '~', long, '', 'a b', 'a,b', 'ä', 7])).toEqual([
      'wos-session',
      'a.b',
      '~',
      long,
    ])
    expect(refusal(token('a name'), 'a b')).toBe('it: must be a name')
    expect(refusal(token('a name'), undefined)).toBe('it: is required: a name')
  })

  it('may be limited, without dots, and other than some in whatever case', () => {
    const schema = token('a name', { maxLength: 3, dots: false, except: ['abc'] })
    expect(accepted(schema, ['ab', 'abd', 'abcd', 'a.b', 'abc', 'ABC', 'aBc'])).toEqual(['ab', 'abd'])
  })

  it('begins a key of a header with up to 64 visible characters without a comma', () => {
    const values = ['', 'sk_', 'x'.repeat(64), 'x'.repeat(65), 'a,', 'a ', 'é', 7]
    expect(accepted(headerKeyPrefix(0), values)).toEqual(['', 'sk_', 'x'.repeat(64)])
    expect(accepted(headerKeyPrefix(1), values)).toEqual(['sk_', 'x'.repeat(64)])
  })

  it('begins a bearer with 2 to 64 of its characters', () => {
    const values = ['a', 'oat_', '-._~+/', 'x'.repeat(64), 'x'.repeat(65), 'ab=', 'a,b', '', 7]
    expect(accepted(bearerPrefix, values)).toEqual(['oat_', '-._~+/', 'x'.repeat(64)])
  })
})
