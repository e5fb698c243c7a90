import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createDualAuth,
  keySetAt,
  legacyJwt,
  type AuthEvent,
  type DualAuth,
  type KeySetSettings,
} from '../../../src/index.js'
import { createClock, type Clock } from '../../support/clock.js'
import { startKeySetServer, type KeySetMode, type KeySetServer } from '../../support/key-set-server.js'
import { legacyOptions } from '../../support/legacy.js'
import { outcome } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { ecPair, legacyClaims, mint, segment, type Pair } from '../../support/tokens.js'

// Whole requests against a real endpoint: how many fetches, and how many valid requests refused?
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const [oldPair, newPair] = [ecPair(), ecPair()]
const published = (pair: Pair, kid: string) => ({ ...pair.jwk, kid, use: 'sig', alg: 'ES256' })
const OLD = published(oldPair, 'old')
const NEW = published(newPair, 'new')

let server: KeySetServer
let clock: Clock
let events: AuthEvent[]
let auth: DualAuth
let work: Promise<unknown>[]

function open(settings: KeySetSettings = {}, url = server.url): DualAuth {
  const waitUntil = (one: Promise<unknown>) => void work.push(one)
  const keySet = keySetAt(url, { timeoutMs: 10_000, waitUntil, ...settings })
  return createDualAuth({
    verifiers: [legacyJwt(legacyOptions({ algorithms: ['ES256'], keySet }))],
    now: clock.now,
    onEvent: (event) => void events.push(event),
  }) as unknown as DualAuth
}

beforeEach(async () => {
  server = await startKeySetServer([OLD])
  clock = createClock()
  ;[events, work] = [[], []]
  auth = open()
})
afterEach(async () => {
  await auth.close()
  await server.close()
})

/** A token that is good for years, so that only its key decides. */
function token(pair: Pair, kid: string): string {
  const claims = legacyClaims({ exp: 4_000_000_000 })
  return mint({ algorithm: 'ES256', key: pair.privateKey, header: { alg: 'ES256', kid }, claims })
}
/** The same with another `kid`; its signature does not hold, but that is not looked at before a key is found. */
function withKid(original: string, kid: string): string {
  return `${segment({ alg: 'ES256', kid })}${original.slice(original.indexOf('.'))}`
}
/** Refused where the issuer was asked for its key, else not judged before it may be asked again. */
const NOT_ACCEPTED = ['401 credential_invalid', '503 verifier_unavailable']
const oldToken = token(oldPair, 'old')
const newToken = token(newPair, 'new')

/** How so many requests at once end, by status. */
async function statuses(sent: string, count: number, on: DualAuth = auth): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const ended of await Promise.all(Array.from({ length: count }, () => outcome(on, bearer(sent))))) {
    const status = ended.slice(0, 3)
    counts[status] = (counts[status] ?? 0) + 1
  }
  return counts
}

const behind = async (): Promise<void> => void (await Promise.all(work.splice(0)))

it('a cold start with a thousand requests at once: one fetch, none refused', async () => {
  expect(await statuses(oldToken, 1_000)).toEqual({ 200: 1_000 })
  expect(server.fetches).toBe(1)
})

describe('a rotation under load', () => {
  it('with overlap: both keys verify, none refused', async () => {
    await statuses(oldToken, 10)
    clock.advance(MINUTE)
    server.keys = [OLD, NEW]
    const ended = await Promise.all([statuses(oldToken, 500), statuses(newToken, 500)])
    expect(ended).toEqual([{ 200: 500 }, { 200: 500 }])
    expect(server.fetches).toBe(2)
  })

  it('without overlap: the new key at once, the old one gone with the same fetch', async () => {
    await statuses(oldToken, 10)
    clock.advance(MINUTE)
    server.keys = [NEW]
    expect(await statuses(newToken, 1_000)).toEqual({ 200: 1_000 })
    expect(server.fetches).toBe(2)
    expect(await outcome(auth, bearer(oldToken))).toBe('401 credential_invalid')
  })

  it('with a key withdrawn and none new: gone at the next refresh', async () => {
    server.keys = [OLD, NEW]
    await statuses(oldToken, 10)
    server.keys = [NEW]
    clock.advance(9 * MINUTE)
    await statuses(newToken, 10)
    await behind()
    expect(await outcome(auth, bearer(oldToken))).toBe('401 credential_invalid')
    expect(server.fetches).toBe(2)
  })
})

describe('an endpoint that fails for longer than the keys are young', () => {
  it.each<KeySetMode>(['hang', 'drip', 'status-500', 'bad-json', 'reset'])(
    'by %s: no valid request refused for a day, then 503',
    async (mode) => {
      // Only where nothing ever arrives does the test wait for the end of a fetch.
      const timeoutMs = mode === 'hang' || mode === 'drip' ? 600 : 10_000
      const failing = open({ timeoutMs, staleIfErrorMs: 24 * HOUR })
      await statuses(oldToken, 1, failing)
      server.mode = mode
      for (const passed of [10 * MINUTE, HOUR, 11 * HOUR, 12 * HOUR - 1]) {
        clock.advance(passed)
        expect(await statuses(oldToken, 250, failing)).toEqual({ 200: 250 })
        await behind()
      }
      expect(server.fetches).toBeLessThanOrEqual(6)
      clock.advance(1)
      expect(await statuses(oldToken, 10, failing)).toEqual({ 503: 10 })
      expect(events.filter(({ type }) => type === 'keys_failed').length).toBe(server.fetches - 1)
      await failing.close()
    },
  )
})

describe('an empty set', () => {
  it('seen once is kept from deciding, seen twice is a withdrawal', async () => {
    await statuses(oldToken, 1)
    server.keys = []
    clock.advance(10 * MINUTE)
    expect(await statuses(oldToken, 100)).toEqual({ 200: 100 })
    // A slow machine gives up waiting for the fetch, which goes on all the same.
    await behind()
    clock.advance(1_000)
    await statuses(oldToken, 1)
    await behind()
    expect(await statuses(oldToken, 100)).toEqual({ 401: 100 })
    expect(server.fetches).toBe(3)
  })

  it('at a cold start: 503 until it is confirmed', async () => {
    server.keys = []
    expect(await statuses(oldToken, 100)).toEqual({ 503: 100 })
    clock.advance(1_000)
    expect(await statuses(oldToken, 100)).toEqual({ 401: 100 })
    expect(server.fetches).toBe(2)
  })
})

it('a token of a key that is younger than the last fetch: 503 with the time to wait, never 401', async () => {
  expect(await statuses(oldToken, 1)).toEqual({ 200: 1 })
  server.keys = [OLD, NEW]
  clock.advance(500)
  const result = await auth.authenticate(bearer(newToken))
  expect(result.ok ? null : [result.error.code, result.error.retryAfterSeconds]).toEqual(['verifier_unavailable', 1])
  expect(await statuses(newToken, 100)).toEqual({ 503: 100 })
  clock.advance(500)
  expect(await statuses(newToken, 100)).toEqual({ 200: 100 })
  expect(server.fetches).toBe(2)
})

it('ten thousand random kids before and during a rotation: a handful of fetches, the new key within ten seconds', async () => {
  await statuses(oldToken, 1)
  const flood = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds * 4; i++) {
      const junk = await Promise.all(
        Array.from({ length: 125 }, (_, n) => outcome(auth, bearer(withKid(newToken, `junk-${i}-${n}`)))),
      )
      expect(junk.filter((ended) => !NOT_ACCEPTED.includes(ended))).toEqual([])
      expect(await outcome(auth, bearer(oldToken))).toMatch(/^200/)
      clock.advance(250)
    }
  }
  await flood(10)
  server.keys = [OLD, NEW]
  let waited = 0
  for (; !(await outcome(auth, bearer(newToken))).startsWith('200'); waited++) await flood(1)
  await flood(10 - waited)
  expect(waited).toBeLessThanOrEqual(10)
  expect(server.fetches).toBeLessThanOrEqual(10)
}, 60_000)

it('two issuers with one kid: each verifies its own tokens and none of the other', async () => {
  const other = await startKeySetServer([published(newPair, 'old')])
  const theirs = open({}, other.url)
  expect(await outcome(auth, bearer(oldToken))).toMatch(/^200/)
  expect(await outcome(theirs, bearer(token(newPair, 'old')))).toMatch(/^200/)
  expect(await outcome(auth, bearer(token(newPair, 'old')))).toBe('401 credential_invalid')
  expect(await outcome(theirs, bearer(oldToken))).toBe('401 credential_invalid')
  await theirs.close()
  await other.close()
})

it('close() ends a fetch that never ends: who waits for it gets 503', async () => {
  server.mode = 'hang'
  const closing = open({ timeoutMs: 30_000 })
  const waiting = statuses(oldToken, 100, closing)
  await closing.close()
  expect(await waiting).toEqual({ 503: 100 })
})

it('ready() fetches ahead, and tells when there is nothing to be had', async () => {
  server.mode = 'status-500'
  await expect(auth.ready()).rejects.toMatchObject({
    code: 'verifier_unavailable',
    status: 503,
    message: expect.stringMatching(/^\w+: key set: answered 500, [\w/ -]+, at http:\S+$/),
  })
  server.mode = 'ok'
  clock.advance(1_000)
  await auth.ready()
  expect(await statuses(oldToken, 100)).toEqual({ 200: 100 })
  expect(server.fetches).toBe(2)
})
