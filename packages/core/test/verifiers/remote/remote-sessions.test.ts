import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createDualAuth,
  remote,
  remoteFetch,
  serveRemote,
  serveRemoteFetch,
  type AuthEvent,
  type DualAuth,
  type DualAuthOptions,
  type Link,
  type RemoteAnswer,
  type RemoteCredential,
  type ValidateRemote,
} from '../../../src/index.js'
import { unwritten } from '../../../src/http/set-cookie.js'
import { seconds } from '../../support/clock.js'
import { cookies } from '../../support/requests.js'
import { createSessionWorld, OVER, sessionCookie, written, type SessionWorld } from '../../support/workos-sessions.js'

/** WorkOS sessions: their refresh is what must not be lost on the way. */
let world: SessionWorld
beforeEach(async () => {
  world = await createSessionWorld()
})
afterEach(() => world.close())

const REFRESH = { refresh: true }
const LOGOUT = ['wos-session=; Max-Age=0']

interface Api {
  readonly auth: DualAuth
  readonly events: AuthEvent[]
  /** What the service was asked, and what it answered. */
  readonly asked: RemoteCredential['operation'][]
  readonly answers: Promise<RemoteAnswer>[]
}

/** An API whose sessions are judged by a service. */
function api(validate: ValidateRemote, options: Partial<DualAuthOptions> = {}): Api {
  const [events, asked, answers]: [AuthEvent[], Api['asked'], Api['answers']] = [[], [], []]
  const auth = createDualAuth({
    verifiers: [
      remote({
        name: 'service',
        credentials: [{ cookie: 'wos-session', chunked: true }],
        validate(credential) {
          asked.push(credential.operation)
          const answer = validate(credential)
          answers.push(answer)
          return answer
        },
      }),
    ],
    now: world.clock.now,
    onEvent: (event) => void events.push(event),
    ...options,
  } as DualAuthOptions)
  return { auth, events, asked, answers }
}

describe('a session that a service refreshed', () => {
  it('keeps its new cookie, whatever is decided: as without a service', async () => {
    const links: [expected: string, link: Link][] = [
      ['ok', ({ subject }) => ({ id: subject })],
      ['identity_unlinked', () => null],
      ['account_deactivated', ({ subject }) => ({ id: subject, active: false })],
      ['account_unavailable', () => Promise.reject(new Error('down'))],
    ]
    for (const [expected, link] of links) {
      const local = await world.instance({ link }).whole.authenticate(sessionCookie(await world.sealed(OVER)), REFRESH)
      const there = serveRemote(world.instance({ link }).whole)
      const result = await api(there).auth.authenticate(sessionCookie(await world.sealed(OVER)), REFRESH)
      const code = expected === 'account_unavailable' ? 'verifier_unavailable' : expected
      expect([local, result].map((each) => (each.ok ? 'ok' : each.error.code))).toEqual([expected, code])
      expect([written(local), written(result)]).toEqual([
        expect.stringMatching(/^Fe26/),
        expect.stringMatching(/^Fe26/),
      ])
    }
  })

  it('keeps its new cookie although the new token cannot be judged now', async () => {
    const { whole } = world.instance({ workos: { isRevoked: () => Promise.reject(new Error('down')) } })
    const result = await api(serveRemote(whole)).auth.authenticate(sessionCookie(await world.sealed(OVER)), REFRESH)
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable', status: 503 } })
    expect(written(result)).toMatch(/^Fe26/)
  })

  it('is written in chunks, which are read again', async () => {
    world.server.refresh.fields = { impersonator: { reason: 'x'.repeat(4000) } }
    const { whole } = world.instance({ session: { cookie: { chunks: true } } })
    const { auth } = api(serveRemote(whole))
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)), REFRESH)
    expect(result).toMatchObject({ ok: true, principal: { id: 'user_01' } })
    const names = result.cookies.map(({ field }) => field.slice(0, field.indexOf('=')))
    expect(names).toEqual(['wos-session.0', 'wos-session.1', 'wos-session.2', 'wos-session'])
    const chunks = names.slice(0, 2).map((name): [string, string] => [name, written(result, name) ?? ''])
    expect(await auth.authenticate(cookies(...chunks))).toMatchObject({ ok: true, principal: { id: 'user_01' } })
    expect(unwritten(result.cookies, ['wos-session.0=; Max-Age=0'])).toEqual([])
  })

  it('is not sent on when a logout came between', async () => {
    const { whole } = world.instance()
    const late = whole.authenticate(sessionCookie(await world.sealed(OVER)), REFRESH).then((result) => {
      unwritten(result.cookies, LOGOUT)
      return result
    })
    const authenticate = () => late
    const result = await api(serveRemote({ ...whole, authenticate })).auth.authenticate(sessionCookie('x'), REFRESH)
    expect(result).toMatchObject({ ok: true, cookies: [] })
  })
})

describe('a service may write the cookie that was presented, and no other', () => {
  const field = (name: string) => `${name}=x; Path=/`
  const OWN = { name: 'wos-session', field: field('wos-session') }
  const REJECTED = { version: 2, outcome: 'rejected', code: 'identity_unlinked', reason: null } as const
  const answering = (sent: readonly { name: string; field: string }[]) =>
    api(async () => ({ ...REJECTED, retryAfterSeconds: null, cookies: sent })).auth.authenticate(sessionCookie('x'))

  it.each(['wos-session', 'wos-session.0', 'wos-session.99'])('%s is of the credential', async (name) => {
    const cookie = { name: 'wos-session', field: field(name) }
    expect(await answering([cookie])).toMatchObject({ error: { code: 'identity_unlinked' }, cookies: [cookie] })
  })

  it.each([
    { name: 'admin', field: field('admin') },
    { name: 'wos-session', field: field('admin') },
    { name: 'wos-session.0', field: field('wos-session.0') },
    { name: 'wos-session', field: field('wos-session.00') },
    { name: 'wos-session', field: field('wos-session.100') },
    { name: 'wos-session', field: field('wos-session.0.0') },
    { name: 'wos-session', field: field(' wos-session') },
    { name: 'wos-session', field: 'wos-session; Path=/' },
  ])('$name: $field is not, and the answer tells nothing', async (cookie) => {
    const result = await answering([cookie, OWN])
    expect(result).toMatchObject({ error: { code: 'verifier_unavailable' }, cookies: [OWN] })
    expect(result.cookies).toHaveLength(1)
  })
})

describe('a logout of a session that a service refreshed', () => {
  it('ends it there, and is told once', async () => {
    world.server.refresh.fields = { impersonator: { reason: 'x'.repeat(4_000) } }
    const { auth, asked, answers, events } = api(serveRemote(world.instance().whole))
    const request = sessionCookie(await world.sealed(OVER))
    const result = await auth.authenticate(request, REFRESH)
    // Two chunks, and the two cookies that would spoil them cleared.
    expect(result.cookies).toHaveLength(4)
    expect(unwritten(result.cookies, LOGOUT)).toEqual([])
    expect(await answers.at(-1)).toEqual({ version: 4, outcome: 'ended' })
    expect(asked).toEqual(['judge', 'end-session'])
    expect(await auth.authenticate(request, REFRESH)).toMatchObject({ error: { code: 'credential_revoked' } })
    expect(world.server.refresh.calls).toBe(1)
    expect(events.map(({ type }) => type)).not.toContain('session_end_failed')
  })

  it('holds for what a fresh look refreshed ahead of time', async () => {
    const { auth, answers } = api(serveRemote(world.instance().whole))
    const request = sessionCookie(await world.sealed())
    const result = await auth.authenticate(request, { ...REFRESH, fresh: true })
    unwritten(result.cookies, LOGOUT)
    await answers.at(-1)
    expect(await auth.authenticate(request, { ...REFRESH, fresh: true })).toMatchObject({
      error: { code: 'credential_revoked' },
    })
  })

  it('keeps the cookie of a request beside it from being written', async () => {
    const { auth } = api(serveRemote(world.instance().whole))
    const request = sessionCookie(await world.sealed(OVER))
    const [one, other] = await Promise.all([auth.authenticate(request, REFRESH), auth.authenticate(request, REFRESH)])
    expect(unwritten(one.cookies, LOGOUT)).toEqual([])
    expect(unwritten(other.cookies, [])).toEqual([])
  })

  it('travels over HTTP, and through a service that asks another', async () => {
    const secret = randomBytes(32).toString('base64url')
    const handle = serveRemoteFetch(world.instance().whole, { secrets: [secret] })
    const fetch = (input: string, init: RequestInit) => handle(new Request(input, init))
    const middle = api(remoteFetch({ url: 'https://service.internal/', secret, fetch }))
    const { auth, answers } = api(serveRemote(middle.auth))
    const request = sessionCookie(await world.sealed(OVER))
    unwritten((await auth.authenticate(request, REFRESH)).cookies, LOGOUT)
    expect(await answers.at(-1)).toEqual({ version: 4, outcome: 'ended' })
    expect(middle.asked).toEqual(['judge', 'end-session'])
    expect(await auth.authenticate(request, REFRESH)).toMatchObject({ error: { code: 'credential_revoked' } })
  })

  it('is told by an API that revoked it, too', async () => {
    const { auth, asked, answers } = api(serveRemote(world.instance().whole))
    await auth.revoke({ principal: 'user_01' })
    const request = sessionCookie(await world.sealed(OVER))
    const result = await auth.authenticate(request, REFRESH)
    expect(result).toMatchObject({ error: { code: 'credential_revoked' }, cookies: [] })
    await answers.at(-1)
    expect(asked).toEqual(['judge', 'end-session'])
    expect(await auth.authenticate(request, REFRESH)).toMatchObject({ reason: 'revoked' })
    expect(asked).toEqual(['judge', 'end-session', 'judge'])
  })

  it.each<[string, (credential: RemoteCredential) => Promise<RemoteAnswer>]>([
    ['is down', (credential) => Promise.reject(new Error(`lost ${credential.value}`))],
    ['judges instead', (credential) => serveRemote(world.instance().whole)({ ...credential, operation: 'judge' })],
    ['cannot tell', async () => ({ version: 2, outcome: 'unavailable', retryAfterSeconds: null, cookies: [] })],
    ['answers nothing', (async () => null) as never],
  ])('that could not be told is an event, and the response is as it is: the service %s', async (_, broken) => {
    const validate = serveRemote(world.instance().whole)
    const { auth, events } = api((sent) => (sent.operation === 'end-session' ? broken(sent) : validate(sent)))
    const sealed = await world.sealed(OVER)
    const result = await auth.authenticate(sessionCookie(sealed), REFRESH)
    expect(unwritten(result.cookies, LOGOUT)).toEqual([])
    const failures = () => events.filter(({ type }) => type === 'session_end_failed')
    await vi.waitFor(() => expect(failures()).toHaveLength(1))
    expect(failures()[0]).toMatchObject({ verifier: 'service', cause: expect.any(Error) as Error })
    expect(String((failures()[0] as { cause: Error }).cause)).not.toContain(sealed)
    // This process writes it no more, whether the service knows or not.
    expect(unwritten((await auth.authenticate(sessionCookie(sealed), REFRESH)).cookies, [])).toEqual([])
  })

  it('is known to the service although its store is down', async () => {
    let isDown = false
    const up = () => {
      if (isDown) throw new Error('down')
    }
    const store = { add: () => (up(), true), get: () => (up(), null), set: up, delete: up }
    const there = world.instance({ refresh: { store } })
    const { auth, events } = api(serveRemote(there.whole))
    const request = sessionCookie(await world.sealed(OVER))
    const result = await auth.authenticate(request, REFRESH)
    isDown = true
    unwritten(result.cookies, LOGOUT)
    await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ type: 'session_end_failed' })))
    expect(there.events).toContainEqual(
      expect.objectContaining({ type: 'unavailable', source: 'workos refresh store' }),
    )
    expect(await auth.authenticate(request, REFRESH)).toMatchObject({ error: { code: 'credential_revoked' } })
  })
})

describe('endSession', () => {
  it('has nothing to do for what is no session of the app, and never throws for it', async () => {
    const { whole } = world.instance()
    const nothing = [cookies(), cookies(['other', 'x']), sessionCookie('junk'), sessionCookie(await world.sealed())]
    for (const request of [...nothing, { method: 'GET', headers: { authorization: 'Bearer a.b.c' } }])
      expect(await whole.endSession(request)).toBeUndefined()
    const unrefreshed = world.instance({ refresh: null }).whole
    expect(await unrefreshed.endSession(sessionCookie(await world.sealed()))).toBeUndefined()
  })

  it('asks WorkOS nothing, and the session is not refreshed any more', async () => {
    const { whole } = world.instance()
    const request = sessionCookie(await world.sealed(OVER))
    await whole.endSession(request)
    expect(await whole.authenticate(request, REFRESH)).toMatchObject({ error: { code: 'credential_revoked' } })
    expect(world.server.refresh.calls).toBe(0)
  })
})

describe('when a session was issued', () => {
  it('is known here, so that a revocation can spare those that came after', async () => {
    const { auth } = api(serveRemote(world.instance().whole))
    const at = (iat: number) => world.sealed({ iat, exp: seconds(300) }).then((sealed) => sessionCookie(sealed))
    await auth.revoke({ principal: 'user_01', issuedBefore: seconds(-50) * 1000 })
    expect(await auth.authenticate(await at(seconds(-60)))).toMatchObject({ error: { code: 'credential_revoked' } })
    expect(await auth.authenticate(await at(seconds(-40)))).toMatchObject({
      ok: true,
      principal: { issuedAt: seconds(-40) },
    })
  })

  it('is when the presented token was, not its refresh', async () => {
    const { auth } = api(serveRemote(world.instance().whole))
    await auth.revoke({ principal: 'user_01', issuedBefore: seconds(-50) * 1000 })
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)), REFRESH)
    expect(result).toMatchObject({ error: { code: 'credential_revoked' } })
  })
})
