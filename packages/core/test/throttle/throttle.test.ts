import { createApiKeyIssuer } from '@dualauth/testing'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { describe, expect, it } from 'vitest'
import { apiKeys, createDualAuth, legacyJwt, type AuthEvent, type ThrottleOptions } from '../../src/index.js'
import { createClock, seconds } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { legacyClaims, mint, SECRET } from '../support/tokens.js'

const HOME = '192.0.2.1'
const OTHER = '198.51.100.7'

async function world(options: Partial<ThrottleOptions> = {}, remember: false | object = {}) {
  const clock = createClock()
  const keys = createApiKeyIssuer()
  const events: AuthEvent[] = []
  const asked: string[] = []
  const auth = createDualAuth({
    verifiers: [
      legacyJwt(legacyOptions()),
      apiKeys({
        name: 'api-key',
        prefix: keys.prefix,
        keys: {
          findByHash(hash) {
            asked.push(hash)
            return keys.store.findByHash(hash)
          },
        },
      }),
    ],
    link: ({ subject }) => ({ id: subject }),
    throttle: { address: { header: 'x-forwarded-for' }, perAddress: 5, perCredential: 3, ...options },
    remember,
    now: clock.now,
    onEvent: (event) => events.push(event),
  })
  const come = async (headers: Record<string, string>, address = HOME): Promise<string> => {
    const result = await auth.authenticate({ method: 'GET', headers: { 'x-forwarded-for': address, ...headers } })
    // Nobody waits for the limiter that instances share.
    await new Promise((resolve) => setImmediate(resolve))
    if (result.ok) return '200'
    const { status, code, retryAfterSeconds } = result.error
    return status === 429 ? `${status} ${code} ${retryAfterSeconds}` : `${status} ${code}`
  }
  return { auth, clock, keys, events, asked, come }
}

const authorization = (token: string) => ({ authorization: `Bearer ${token}` })
const good = (userId = 'ada') => authorization(mint({ claims: legacyClaims({ userId }) }))
const forged = (at: number) => authorization(mint({ claims: legacyClaims({ userId: `eve-${at}` }), key: `${SECRET}x` }))
const expired = () =>
  authorization(mint({ claims: legacyClaims({ userId: 'ada', exp: seconds(-600), iat: seconds(-1_200) }) }))

describe('whoever presents what is not genuine', () => {
  it('is answered 429 with Retry-After after so many credentials of one address, for the rest of the window', async () => {
    const { come, clock } = await world()
    for (let at = 0; at < 5; at++) expect(await come(forged(at))).toBe('401 credential_invalid')
    clock.advance(20_000)
    expect(await come(forged(6))).toBe('429 rate_limited 40')
    expect(await come(forged(7), OTHER)).toBe('401 credential_invalid')
    clock.advance(40_000)
    expect(await come(forged(8))).toBe('401 credential_invalid')
  })

  it('costs no look-up any more', async () => {
    const { come, keys, asked } = await world()
    const guesses = await Promise.all(
      Array.from({ length: 9 }, () => createApiKeyIssuer({ prefix: keys.prefix }).issue({ owner: 'eve' })),
    )
    for (const { key } of guesses) await come({ 'x-api-key': key })
    expect(asked).toHaveLength(5)
  })

  it('is answered 429 after so many attempts with one credential, from wherever they come, and is one failure of an address', async () => {
    const { come, asked, keys } = await world()
    const { key } = await createApiKeyIssuer({ prefix: keys.prefix }).issue({ owner: 'eve' })
    const answers = []
    for (let at = 0; at < 5; at++) answers.push(await come({ 'x-api-key': key }, `203.0.113.${at}`))
    expect(answers).toEqual([...Array(3).fill('401 credential_invalid'), ...Array(2).fill('429 rate_limited 60')])
    expect(asked).toHaveLength(3)
    for (let at = 0; at < 5; at++)
      expect(await come(forged(at), '203.0.113.0')).toBe(at < 4 ? '401 credential_invalid' : '429 rate_limited 60')
  })

  it('is told why in the events, and in no other word', async () => {
    const { come, events } = await world({ perAddress: 1 })
    await come(forged(1))
    await come(forged(2))
    expect(events.at(-1)).toMatchObject({ type: 'refused', code: 'rate_limited', reason: 'throttled', verifier: null })
    expect(JSON.stringify(events)).not.toContain(HOME)
  })

  it('is one caller wherever in a network of 64 bits it stands', async () => {
    const { come } = await world()
    for (let at = 0; at < 5; at++) await come(forged(at), `2001:db8:1:2::${at}`)
    expect(await come(forged(9), '2001:db8:1:2:ffff::1')).toBe('429 rate_limited 60')
    expect(await come(forged(9), '2001:db8:1:3::1')).toBe('401 credential_invalid')
  })
})

describe('good callers', () => {
  it('are let in from memory while somebody at their address floods the API', async () => {
    const { come } = await world()
    expect(await come(good())).toBe('200')
    for (let at = 0; at < 9; at++) await come(forged(at))
    expect(await come(good())).toBe('200')
    expect(await come(good('grace'))).toBe('429 rate_limited 60')
    expect(await come(good('grace'), OTHER)).toBe('200')
  })

  it('are let in while somebody at their address floods the API, also where a route looks afresh', async () => {
    const { auth, come } = await world()
    await come(good())
    for (let at = 0; at < 9; at++) await come(forged(at))
    const headers = { 'x-forwarded-for': HOME, ...good() }
    expect(await auth.authenticate({ method: 'GET', headers }, { fresh: true })).toMatchObject({ ok: true })
    await auth.revoke({ principal: 'ada' })
    expect(await auth.authenticate({ method: 'GET', headers }, { fresh: true })).toMatchObject({
      error: { code: 'credential_revoked' },
    })
  })

  it('are never throttled for coming often, also where nothing is remembered', async () => {
    const { come } = await world({}, false)
    const answers = []
    for (let at = 0; at < 50; at++) answers.push(await come(good()))
    expect(answers).toEqual(Array(50).fill('200'))
  })

  it('are not throttled for tokens that have expired or were meant for another API', async () => {
    const { come } = await world({ perCredential: 1_000 })
    for (let at = 0; at < 20; at++) expect(await come(expired())).toBe('401 credential_expired')
    for (let at = 0; at < 20; at++)
      expect(await come(authorization(mint({ claims: legacyClaims({ userId: `u-${at}`, type: 'refresh' }) })))).toBe(
        '401 credential_invalid',
      )
    expect(await come(good())).toBe('200')
  })
})

describe('a limiter that instances share', () => {
  it('stops an address that spreads its attempts over instances', async () => {
    const limiter = new RateLimiterMemory({ points: 5, duration: 60 })
    const [a, b] = [await world({ limiter }), await world({ limiter })]
    for (let at = 0; at < 3; at++) await a.come(forged(at))
    for (let at = 3; at < 5; at++) expect(await b.come(forged(at))).toBe('401 credential_invalid')
    expect(await b.come(forged(9))).toBe('429 rate_limited 60')
    // One that has had less than its share hears of it with its next failure.
    expect(await a.come(forged(10))).toBe('401 credential_invalid')
    expect(await a.come(forged(11))).toBe('429 rate_limited 60')
    expect(await limiter.get(HOME)).toMatchObject({ consumedPoints: 6 })
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('the store is down'))],
    ['throws', () => assertNever()],
  ])('that %s leaves each instance to itself, and is told of once', async (_how, consume) => {
    const { come, events } = await world({ limiter: { consume } })
    for (let at = 0; at < 5; at++) expect(await come(forged(at))).toBe('401 credential_invalid')
    expect(await come(forged(9))).toBe('429 rate_limited 60')
    expect(events.filter(({ type }) => type === 'unavailable')).toEqual([
      expect.objectContaining({ source: 'throttle' }),
    ])
  })
})

it("says once that 'socket' finds no connection, and goes on by credential", async () => {
  const { come, events } = await world({ address: 'socket' })
  for (let at = 0; at < 9; at++) expect(await come(forged(at))).toBe('401 credential_invalid')
  expect(events.filter(({ type }) => type === 'unavailable')).toEqual([
    expect.objectContaining({
      source: 'throttle',
      cause: expect.objectContaining({ message: expect.stringContaining('throttle.address') }),
    }),
  ])
  for (let time = 0; time < 2; time++) expect(await come(forged(0))).toBe('401 credential_invalid')
  expect(await come(forged(0))).toMatch(/^429/)
})

describe('a limiter that answers', () => {
  it.each([
    ['no number', { msBeforeNext: Number.NaN }, '401 credential_invalid'],
    ['a time that is over', { msBeforeNext: -5_000 }, '401 credential_invalid'],
    ['no end', { msBeforeNext: Number.POSITIVE_INFINITY }, '429 rate_limited 60'],
    ['longer than the window', { msBeforeNext: 1e9 }, '429 rate_limited 60'],
  ])('%s refuses nobody for longer than the window', async (_what, cause, expected) => {
    const { come, clock } = await world({ limiter: { consume: () => Promise.reject(cause as never) } })
    expect(await come(forged(0))).toBe('401 credential_invalid')
    expect(await come(forged(1))).toBe(expected)
    clock.advance(60_000)
    expect(await come(forged(2))).toBe('401 credential_invalid')
  })

  it('after the window of what it was asked refuses nobody any more', async () => {
    const late: (() => void)[] = []
    const consume = () => new Promise((_, reject) => late.push(() => reject({ msBeforeNext: 60_000 } as never)))
    const { come, clock } = await world({ limiter: { consume } })
    await come(forged(0))
    clock.advance(61_000)
    for (const answer of late.splice(0)) answer()
    expect(await come(forged(1))).toBe('401 credential_invalid')
    expect(await come(forged(2))).toBe('401 credential_invalid')
  })

  it('never is asked no more than so many times at once', async () => {
    let asked = 0
    const consume = () => (asked++, new Promise(() => {}))
    const { come, events } = await world({ limiter: { consume } })
    for (let at = 0; at < 1_100; at++) await come(forged(at), `10.0.${at >> 8}.${at & 255}`)
    expect(asked).toBe(1_000)
    expect(events.filter(({ type }) => type === 'unavailable')).toHaveLength(1)
  })
})

function assertNever(): never {
  throw new Error('the store is down')
}

it('an address that cannot be told refuses nobody, and counts for the credential alone', async () => {
  const { come, events } = await world({
    address: () => {
      throw new Error('no address')
    },
  })
  for (let at = 0; at < 20; at++) expect(await come(forged(at))).toBe('401 credential_invalid')
  for (let at = 0; at < 3; at++) await come(forged(1))
  expect(await come(forged(1))).toBe('429 rate_limited 60')
  expect(events.filter(({ type }) => type === 'unavailable')).toHaveLength(1)
})

it.each([
  [{}, 'address'],
  [{ address: 'peer' }, 'address'],
  [{ address: { header: 'forwarded' } }, 'address'],
  [{ address: { header: 'x-real-ip', hops: 0 } }, 'address'],
  [{ address: 'socket', perAddress: 0 }, 'perAddress'],
  [{ address: 'socket', limiter: {} }, 'limiter'],
  [{ address: 'socket', trustProxy: true }, 'trustProxy'],
])('refuses at construction %j, naming %s', (throttle, option) => {
  expect(() => createDualAuth({ verifiers: [legacyJwt(legacyOptions())], throttle: throttle as never })).toThrow(
    expect.objectContaining({
      code: 'configuration_invalid',
      message: expect.stringContaining(`throttle.${option}`) as string,
    }),
  )
})
