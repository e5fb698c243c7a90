import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as crypto from '#crypto'
import { present } from '../../src/route/shape.js'
import { safeCause } from '../../src/verify/safe-cause.js'

const SECRET = 'a-secret-of-32-characters-length'
const presented = (value: string) => present({ carrier: 'cookie', name: 'session', value })
const told = (cause: unknown, value = SECRET): Promise<unknown> => safeCause(cause, presented(value))
const withMember = (member: unknown) => Object.assign(new Error('failed'), { code: 'EFAIL', member })

class Holder {
  readonly #held: string
  constructor(held: string) {
    this.#held = held
  }
  toJSON(): unknown {
    return { held: this.#held }
  }
}

/** Each holds one text, in a place of its own. */
const PLACES: readonly [string, (text: string) => unknown][] = [
  ['a member', (text) => text],
  ['the name of a member', (text) => ({ [text]: 1 })],
  ['a symbol', (text) => ({ [Symbol(text)]: 1 })],
  ['a list', (text) => [1, [text]]],
  ['the key of a map', (text) => new Map([[text, 1]])],
  ['the value of a map', (text) => new Map([[1, { text }]])],
  ['a member of a map', (text) => Object.assign(new Map(), { text })],
  ['a set', (text) => new Set([text])],
  ['a member of a set', (text) => Object.assign(new Set(), { text })],
  ['bytes', (text) => new TextEncoder().encode(text)],
  ['a buffer', (text) => new TextEncoder().encode(text).buffer],
  ['an error', (text) => new Error(text)],
  ['the cause of an error', (text) => new Error('failed', { cause: text })],
  [
    'an inherited name of an error',
    (text) => Object.create(Object.assign(new Error('failed'), { name: text })) as Error,
  ],
  ['what is written as JSON', (text) => new Holder(text)],
  ['a member of a function', (text) => Object.assign(() => 1, { text })],
  ['null beside it', (text) => [null, undefined, text]],
]

describe.each(PLACES)('what a source threw, with a text in %s', (_, place) => {
  it('is told as it is where the text is no secret', async () => {
    const cause = withMember(place('another text of 32 characters...'))
    expect(await told(cause)).toBe(cause)
  })

  it('is replaced where the text quotes the credential, and keeps its name and code', async () => {
    for (const text of [SECRET, `before ${SECRET} after`, await crypto.sha256(SECRET)]) {
      const cause = await told(withMember(place(text)))
      expect(cause).toBeInstanceOf(Error)
      expect(inspect(cause, { depth: 10, showHidden: true })).not.toContain(text)
      expect((cause as Error).message).toContain('Error EFAIL')
      expect(cause).not.toHaveProperty('member')
    }
  })
})

it('what replaces it repeats neither its name nor its code where they quote the credential', async () => {
  const odd = Object.assign(new Error('failed'), { name: `No ${SECRET}`, code: SECRET })
  expect(inspect(await told(odd), { depth: 10, showHidden: true })).not.toContain(SECRET)
  expect(String(await told(Object.assign(new Error(SECRET), { code: 'EFAIL' })))).toContain('Error EFAIL')
})

describe('the credential', () => {
  it('is also quoted decoded, and without its signature', async () => {
    const token = 't'.repeat(32)
    const signed = `${token}.${'s'.repeat(43)}=`
    for (const quoted of [encodeURIComponent(signed), signed, token])
      expect(await told(withMember(quoted), encodeURIComponent(signed))).not.toHaveProperty('member')
  })

  it('is no secret in parts that stand in any text', async () => {
    const short = withMember('0123456789abcde')
    expect(await told(short, '0123456789abcde')).toBe(short)
    expect(await told(withMember('0123456789abcdef'), '0123456789abcdef')).not.toHaveProperty('member')
    const dotted = withMember('short')
    expect(await told(dotted, `short.${'s'.repeat(43)}`)).toBe(dotted)
  })

  it('of a JWT is quoted whole: its header stands in every token of its key', async () => {
    const jwt = `${btoa('{"alg":"HS256"}').replaceAll('=', '')}.e30.AAAA`
    const cause = withMember(jwt.slice(0, jwt.lastIndexOf('.')))
    expect(await told(cause, jwt)).toBe(cause)
    expect(await told(withMember(jwt), jwt)).not.toHaveProperty('member')
  })
})

describe('a cause that is no error', () => {
  it.each([undefined, null, 7, 'the database is down', Symbol('down')])('is told as it is: %s', async (cause) => {
    expect(await told(cause)).toBe(cause)
  })

  it('is replaced where it quotes the credential, by words of its own only', async () => {
    expect(((await told(SECRET)) as Error).message).not.toContain(SECRET)
    const odd = await told({ name: 7, code: { deep: 1 }, text: SECRET })
    expect((odd as Error).message).not.toMatch(/7|object/)
    expect(odd).toBeInstanceOf(Error)
  })
})

describe('what a logger prints and nobody can walk', () => {
  it('is replaced: objects of a platform with state of their own', async () => {
    for (const member of [new Headers({ a: 'b' }), new URL('https://id.example'), Promise.resolve()])
      expect(await told(withMember(member))).not.toHaveProperty('member')
  })

  it('is replaced where it has too many values, and told up to there', async () => {
    const many = (length: number) => withMember(Array.from({ length }, () => 1))
    expect(await told(many(5_000))).not.toHaveProperty('member')
    const few = many(500)
    expect(await told(few)).toBe(few)
  })

  it('is replaced where reading it throws', async () => {
    const refusing = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(SECRET)
        },
      },
    )
    const cause = (await told(refusing)) as Error
    expect(cause).toBeInstanceOf(Error)
    expect(cause.message).toMatch(/\w/)
    expect(inspect(cause, { showHidden: true })).not.toContain(SECRET)
  })

  it('is walked once, also where it refers to itself', async () => {
    const cyclic = withMember(null)
    cyclic.member = cyclic
    expect(await told(cyclic)).toBe(cyclic)
  })
})
