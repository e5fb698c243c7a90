import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { sealData, unsealData } from 'iron-session'
import { describe, expect, it } from 'vitest'
import { createSecretList } from '../../../src/keys/secrets/secret-list.js'
import { createSeal, openSeal } from '../../../src/verify/sealed-session/seal.js'
import { START } from '../../support/clock.js'
import { COOKIE_PASSWORD, OLD_COOKIE_PASSWORD, seal } from '../../support/seals.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const listOf = (...passwords: string[]) =>
  createSecretList(passwords, { minimumBytes: 32, acceptWeakSecret: undefined }, 'passwords', START)
const open = (sealed: string, ...passwords: string[]) =>
  openSeal(sealed, listOf(...(passwords.length === 0 ? [COOKIE_PASSWORD] : passwords)), START)

const INVALID = { outcome: 'invalid' }
const opened = (content: unknown, passwordIndex = 0, endsAt: unknown = null) => ({
  outcome: 'opened',
  content,
  passwordIndex,
  endsAt,
})

describe('a seal', () => {
  it('of iron-session is opened, whatever it holds', async () => {
    for (const content of [{ a: 'é€😀' }, {}, { deep: [1, null, { x: 'y'.repeat(3000) }] }])
      expect(await open(await seal(content))).toEqual(opened(content))
  })

  it('made here is opened by iron-session, and here', async () => {
    const sealed = await createSeal({ user: 'é€😀' }, bytes(COOKIE_PASSWORD))
    expect(await unsealData(sealed, { password: COOKIE_PASSWORD })).toEqual({ user: 'é€😀' })
    expect(await open(sealed)).toEqual(opened({ user: 'é€😀' }))
    expect(await createSeal({}, bytes(COOKIE_PASSWORD))).not.toBe(await createSeal({}, bytes(COOKIE_PASSWORD)))
  })

  it('is opened by any password of the list, and says by which', async () => {
    const sealed = await seal({ a: 1 }, OLD_COOKIE_PASSWORD)
    expect(await open(sealed, COOKIE_PASSWORD, OLD_COOKIE_PASSWORD)).toEqual(opened({ a: 1 }, 1))
    expect(await open(sealed)).toEqual(INVALID)
    expect(await open(await sealData({ a: 1 }, { password: { 1: OLD_COOKIE_PASSWORD, 2: COOKIE_PASSWORD } }))).toEqual(
      opened({ a: 1 }, 0, expect.any(Number)),
    )
  })

  it('without a layout holds the data itself, of an older one the data one level deeper', async () => {
    const sealed = await seal({ persistent: { a: 1 } })
    expect(await open(sealed.replace(/~2$/, ''))).toEqual(opened({ persistent: { a: 1 } }))
    expect(await open(sealed.replace(/~2$/, '~1'))).toEqual(opened({ a: 1 }))
  })

  it('is over after the end that it names, if it is genuine', async () => {
    const end = (at: number | string) => resealed({ a: 1 }, { end: String(at) })
    expect(await open(end(START + 1))).toEqual(opened({ a: 1 }, 0, START + 1))
    expect(await open(end(START))).toEqual({ outcome: 'expired' })
    expect(await open(end(START - 1), OLD_COOKIE_PASSWORD)).toEqual(INVALID)
  })
})

describe('a hostile seal', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['nothing', () => ''],
    ['stars only', () => 'Fe26.2*1*a*b*c**d*e~2'],
    ['a password id that every object has', async () => (await seal({})).replace('*1*', '*constructor*')],
    ['a MAC that is not base64', async () => (await seal({})).replace(/.~2$/, '!~2')],
    ['a MAC in another spelling', async () => respelled(await seal({}))],
    ['an end that is no number', async () => (await seal({})).replace('**', '*soon*')],
    ['an end beyond numbers', async () => (await seal({})).replace('**', `*${'9'.repeat(400)}*`)],
    ['an end that was added', async () => (await seal({})).replace('**', '*9999999999999*')],
    ['another name', async () => (await seal({})).replace('Fe26.2', 'Fe26.1')],
    ['a layout that is no number', async () => (await seal({})).replace('~2', '~x')],
    ['a second layout', async () => `${await seal({})}~2`],
    ['a line more', async () => `${await seal({})}\n`],
    ['no text', () => resealed({}, { text: '' })],
    ['text of no whole block', () => resealed({}, { text: randomBytes(17).toString('base64url') })],
    ['text that is no JSON', () => resealed({}, { text: randomBytes(32).toString('base64url') })],
  ])('is refused without a throw: %s', async (_what, make) => {
    expect(await open(await make())).toEqual(INVALID)
  })

  it('made of a genuine one by any change is refused', async () => {
    const genuine = await seal({ accessToken: 'a.b.c', refreshToken: 'r' })
    // The layout behind it is not covered: without it, it is the same seal.
    const covered = genuine.slice(0, -'~2'.length)
    const change = fc.record({
      at: fc.nat({ max: covered.length - 1 }),
      cut: fc.nat({ max: 3 }),
      add: fc.string({ unit: 'binary-ascii', maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(change, async ({ at, cut, add }) => {
        const changed = `${covered.slice(0, at)}${add}${covered.slice(at + cut)}~2`
        fc.pre(changed !== genuine)
        expect(await open(changed, COOKIE_PASSWORD, OLD_COOKIE_PASSWORD)).toEqual(INVALID)
      }),
      { numRuns: 400 },
    )
  })

  it('of any text is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (text) => {
        expect(await open(text)).toEqual(INVALID)
        expect(await open(`Fe26.2*1*${text}~2`)).toEqual(INVALID)
      }),
    )
  })
})

/** A genuine MAC over parts that were changed: what only the holder of a password can make. */
function resealed(_content: unknown, parts: { end?: string; text?: string }): string {
  const macSalt = '0'.repeat(64)
  const fixed = FIXED.split('*')
  const covered = [...fixed.slice(0, 4), parts.text ?? fixed[4], parts.end ?? ''].join('*')
  const block = (n: number) =>
    createHmac('sha1', COOKIE_PASSWORD)
      .update(`${macSalt}\0\0\0${String.fromCharCode(n)}`)
      .digest()
  const key = Buffer.concat([block(1), block(2)]).subarray(0, 32)
  return `${covered}*${macSalt}*${createHmac('sha256', key).update(covered).digest('base64url')}~2`
}
const FIXED: string = await seal({ a: 1 })

/** The last letter of 43 holds two bits that decoders ignore. */
function respelled(sealed: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = sealed.at(-3)!
  return `${sealed.slice(0, -3)}${alphabet[alphabet.indexOf(last) ^ 1]}~2`
}
