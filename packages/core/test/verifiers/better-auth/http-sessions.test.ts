import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  httpSessions,
  type AuthEvent,
  type DualAuth,
  type HttpSessionsOptions,
} from '../../../src/index.js'
import {
  cookiesOf,
  signUpAt,
  startBetterAuth,
  VERSIONS,
  type BetterAuthServer,
  type Version,
} from '../../support/better-auth-servers.js'
import { createClock } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'

const SECRET = randomBytes(32).toString('hex')
const URL_OF_SERVER = 'http://localhost:3000/api/auth/get-session'

let addresses = 0

/** The API sees this server over HTTP, through one address. */
function apiOf(server: Pick<BetterAuthServer, 'instance'>, options: Partial<HttpSessionsOptions> = {}) {
  const asked: string[] = []
  const events: AuthEvent[] = []
  const clock = createClock(Date.now())
  // Limiters of one process share their memory.
  const address = `10.0.0.${++addresses}`
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(new URL(url).search)
    const headers = new Headers(init.headers)
    headers.set('x-forwarded-for', address)
    return server.instance.handler(new Request(url, { ...init, headers }))
  }
  const auth: DualAuth = createDualAuth({
    verifiers: [
      betterAuth({
        name: 'ba',
        secrets: [SECRET],
        sessions: httpSessions({ url: URL_OF_SERVER, fetch, ...options }),
      }),
    ],
    now: clock.now,
    onEvent: (event) => void events.push(event),
  })
  return { auth, asked, events, clock }
}

const versions: readonly Version[] = ['1.7', '1.7.25', '1.4']

describe.each(versions)('httpSessions in front of the rate limiter of Better Auth %s', (version) => {
  const customRules = { '/sign-up/email': false }
  const rateLimit = { enabled: true, window: 10, max: 100, customRules }
  let server: BetterAuthServer
  beforeEach(() => {
    server = startBetterAuth(version, { secret: SECRET, rateLimit })
  })

  it("does not lock others out by one person's requests", async () => {
    const [ada, bob] = [await signUpAt(server), await signUpAt(server)]
    const { auth, asked } = apiOf(server)
    for (let index = 0; index < 150; index++)
      expect(await outcome(auth, cookiesOf(ada.jar))).toBe(`200 ${ada.id} by ba`)
    expect(asked).toHaveLength(1)
    expect(await outcome(auth, cookiesOf(bob.jar))).toBe(`200 ${bob.id} by ba`)
  })

  it('shares one look-up among concurrent requests, also where nothing is remembered', async () => {
    const ada = await signUpAt(server)
    const { auth, asked } = apiOf(server, { cacheMs: 0 })
    await Promise.all(Array.from({ length: 150 }, () => outcome(auth, cookiesOf(ada.jar))))
    expect(asked.length).toBeLessThan(5)
    await outcome(auth, cookiesOf(ada.jar))
    expect(asked.length).toBeGreaterThan(1)
  })

  it("answers 503 with the limiter's own wait when it is met, and the event says what to set", async () => {
    const people = [await signUpAt(server), await signUpAt(server)]
    const { auth, events } = apiOf(server, { cacheMs: 0 })
    for (let index = 0; index < 100; index++) await outcome(auth, cookiesOf(people[0]!.jar))
    const result = await auth.authenticate(cookiesOf(people[1]!.jar))
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable', status: 503 } })
    if (!result.ok) {
      expect(result.error.retryAfterSeconds).toBeGreaterThan(5)
      expect(result.error.retryAfterSeconds).toBeLessThanOrEqual(10)
    }
    const { cause } = events.find(({ type }) => type === 'unavailable') as { cause: Error }
    expect(cause.message).toContain("rateLimit.customRules: { '/get-session': false }")
  })

  it('is never refused where the server was told so', async () => {
    const open = startBetterAuth(version, {
      secret: SECRET,
      rateLimit: { ...rateLimit, customRules: { ...customRules, '/get-session': false } },
    })
    const ada = await signUpAt(open)
    const { auth, asked } = apiOf(open, { cacheMs: 0 })
    for (let index = 0; index < 120; index++)
      expect(await outcome(auth, cookiesOf(ada.jar))).toBe(`200 ${ada.id} by ba`)
    expect(asked).toHaveLength(120)
  })
})

describe('what httpSessions remembers', () => {
  it('ends with its window, and a fresh look goes past it', async () => {
    const server = startBetterAuth('1.7', { secret: SECRET })
    const ada = await signUpAt(server)
    const sent = cookiesOf(ada.jar)
    const { auth, asked, clock } = apiOf(server)
    expect(await outcome(auth, sent)).toMatch(/^200/)
    await server.call('POST', '/sign-out', ada.jar, {})
    clock.advance(4_999)
    expect(await outcome(auth, sent)).toMatch(/^200/)
    expect(asked).toHaveLength(1)
    clock.advance(1)
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
    // What is not there is looked for every time.
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
    expect(asked).toHaveLength(3)
  })

  it('is forgotten where a fresh look finds nothing', async () => {
    const server = startBetterAuth('1.7', { secret: SECRET })
    const ada = await signUpAt(server)
    const sent = cookiesOf(ada.jar)
    const { auth } = apiOf(server)
    expect(await outcome(auth, sent)).toMatch(/^200/)
    await server.call('POST', '/sign-out', ada.jar, {})
    expect(await auth.authenticate(sent, { fresh: true })).toMatchObject({ error: { code: 'credential_revoked' } })
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
  })

  it('never outlives the session', async () => {
    const server = startBetterAuth('1.7', { secret: SECRET, session: { expiresIn: 3 } })
    const ada = await signUpAt(server)
    const { auth, clock } = apiOf(server)
    expect(await outcome(auth, cookiesOf(ada.jar))).toMatch(/^200/)
    clock.advance(3_000)
    expect(await outcome(auth, cookiesOf(ada.jar))).toMatch(/^401/)
  })

  it.each([{ cacheMs: -1 }, { cacheMs: 60_001 }, { cacheMs: '5s' as never }])('has bounds: %j', (options) => {
    expect(wrongOption(() => httpSessions({ url: URL_OF_SERVER, ...options }))).toBe('httpSessions.cacheMs')
  })
})

describe.each(versions)('httpSessions and the custom-session plugin of Better Auth %s', (version) => {
  it('lets people in, read only where the server can be asked so', async () => {
    const { customSession } = VERSIONS[version].plugins as unknown as {
      customSession(fn: (found: object) => Promise<object>): { id: string }
    }
    const plugins = [customSession(async (found) => ({ ...found, extra: true }))]
    const server = startBetterAuth(version, { secret: SECRET, plugins })
    const [ada, bob] = [await signUpAt(server), await signUpAt(server)]
    const { auth, asked } = apiOf(server)
    expect(await outcome(auth, cookiesOf(ada.jar))).toBe(`200 ${ada.id} by ba`)
    expect(await outcome(auth, cookiesOf(bob.jar))).toBe(`200 ${bob.id} by ba`)
    const readOnly = '?disableRefresh=true&disableCookieCache=true'
    const sliding = '?disableCookieCache=true'
    expect(asked).toEqual(version === '1.4' ? [readOnly, sliding, sliding] : [readOnly, readOnly])
  })
})

it('a 400 that has another reason is "cannot tell", and changes nothing', async () => {
  const { auth, asked } = apiOf({ instance: { handler: async () => new Response('{}', { status: 400 }) } as never })
  const server = startBetterAuth('1.7', { secret: SECRET })
  const ada = await signUpAt(server)
  for (let index = 0; index < 2; index++)
    expect(await outcome(auth, cookiesOf(ada.jar))).toBe('503 verifier_unavailable')
  expect(asked.filter((search) => search.includes('disableRefresh'))).toHaveLength(2)
})
