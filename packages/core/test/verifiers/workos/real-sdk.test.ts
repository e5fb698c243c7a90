import { WorkOS } from '@workos-inc/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workosSession } from '../../../src/index.js'
import { outcome } from '../../support/outcome.js'
import { COOKIE_PASSWORD } from '../../support/seals.js'
import {
  createSessionWorld,
  MANAGEMENT_KEY,
  OVER,
  sessionCookie,
  WORKOS_CLIENT_ID,
  written,
  type SessionWorld,
} from '../../support/workos-sessions.js'

let world: SessionWorld
let sdk: WorkOS

beforeAll(async () => {
  // The SDK has no clock of ours.
  world = await createSessionWorld(Date.now())
  const { hostname, port } = new URL(world.server.origin)
  sdk = new WorkOS(MANAGEMENT_KEY, {
    clientId: WORKOS_CLIENT_ID,
    apiHostname: hostname,
    port: Number(port),
    https: false,
  })
})
afterAll(() => world.close())

const OK = '200 user_01 by workos'
const sealedBySdk = async (): Promise<string> => {
  const { sealedSession } = await sdk.userManagement.authenticateWithRefreshToken({
    clientId: WORKOS_CLIENT_ID,
    refreshToken: world.server.signIn({ user: 'user_01' }).refreshToken,
    session: { sealSession: true, cookiePassword: COOKIE_PASSWORD },
  })
  return sealedSession as string
}
/** What the SDK gets, before it makes anything of it. */
const answered = async (): Promise<Record<string, unknown>> => {
  const { refreshToken } = world.server.signIn({ user: 'user_01' })
  const response = await fetch(`${world.server.origin}/user_management/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'refresh_token',
      client_id: WORKOS_CLIENT_ID,
      client_secret: MANAGEMENT_KEY,
      refresh_token: refreshToken,
    }),
  })
  return (await response.json()) as Record<string, unknown>
}
const loadedBySdk = (sessionData: string) =>
  sdk.userManagement.loadSealedSession({ sessionData, cookiePassword: COOKIE_PASSWORD })

describe('the WorkOS SDK for Node', () => {
  it('seals sessions that are accepted here', async () => {
    const { auth } = world.instance({ refresh: null })
    const result = await auth.authenticate(sessionCookie(await sealedBySdk()))
    expect(result).toMatchObject({ ok: true, principal: { id: 'user_01', email: 'user_01@example.com' } })
  })

  it('reads and refreshes the sessions that are sealed here', async () => {
    const { auth } = world.instance()
    world.server.refresh.fields = {
      organization_id: 'org_1',
      impersonator: { email: 'admin@example.com', reason: null },
    }
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    world.server.refresh.fields = {}
    const session = loadedBySdk(written(result) ?? '')
    const read = await session.authenticate()
    expect(read).toMatchObject({
      authenticated: true,
      sessionId: 'session_01',
      user: { object: 'user', id: 'user_01', email: 'user_01@example.com', firstName: 'A', emailVerified: true },
      authenticationMethod: 'Password',
      impersonator: { email: 'admin@example.com' },
    })
    const refreshed = await session.refresh()
    expect(refreshed.authenticated).toBe(true)
    expect(await outcome(auth, sessionCookie((refreshed as { sealedSession: string }).sealedSession))).toBe(OK)
  })

  it('reads and refreshes the sessions that are begun here, and finds in them what it seals itself', async () => {
    const session = workosSession({ cookiePasswords: [COOKIE_PASSWORD] })
    const impersonator = { email: 'admin@example.com', reason: null }
    const answer = { ...(await answered()), organization_id: 'org_1', impersonator }
    const cookies = await session.begin({ answer })
    expect(cookies).toHaveLength(1)
    const sessionData = written({ cookies }) ?? ''
    const loaded = loadedBySdk(sessionData)
    expect(await loaded.authenticate()).toMatchObject({
      authenticated: true,
      user: { object: 'user', id: 'user_01', email: 'user_01@example.com', firstName: 'A', emailVerified: true },
      authenticationMethod: 'Password',
      impersonator: { email: 'admin@example.com' },
    })
    expect((await loaded.refresh()).authenticated).toBe(true)
    expect(await outcome(world.instance().auth, sessionCookie(sessionData))).toBe(OK)
    const ours = await sdk.userManagement.getSessionFromCookie({ sessionData, cookiePassword: COOKIE_PASSWORD })
    const theirs = await sdk.userManagement.getSessionFromCookie({
      sessionData: await sealedBySdk(),
      cookiePassword: COOKIE_PASSWORD,
    })
    const names = (one: object | undefined) => Object.keys(one ?? {})
    expect(
      names(ours)
        .filter((name) => !['organizationId', 'impersonator'].includes(name))
        .toSorted(),
    ).toEqual(names(theirs).toSorted())
  })

  it('keeps what it reads through a refresh on each side', async () => {
    const { auth } = world.instance()
    const before = await sdk.userManagement.getSessionFromCookie({
      sessionData: await sealedBySdk(),
      cookiePassword: COOKIE_PASSWORD,
    })
    const over = await world.sealed(OVER, { ...before, accessToken: world.accessToken(OVER) })
    const sessionData = written(await auth.authenticate(sessionCookie(over))) ?? ''
    const after = await sdk.userManagement.getSessionFromCookie({ sessionData, cookiePassword: COOKIE_PASSWORD })
    const names = (session: object | undefined) => Object.keys(session ?? {}).toSorted()
    expect(names(after)).toEqual(names(before))
  })

  it.each<[string, (sealed: string) => string | Promise<string>]>([
    ['an id that every object has', (sealed) => sealed.replace('*1*', '*constructor*')],
    ['a MAC that is not base64', (sealed) => sealed.replace(/.~2$/, '!~2')],
    ['an end that is no number', (sealed) => sealed.replace('**', '*soon*')],
    ['a token of an unknown key', () => world.sealed({}, { accessToken: world.accessToken({}, { kid: 'k9' }) })],
  ])('throws where we refuse: %s', async (_what, change) => {
    const hostile = await change(await sealedBySdk())
    await expect(loadedBySdk(hostile).authenticate()).rejects.toThrow()
    const { auth } = world.instance({ refresh: null })
    expect(await outcome(auth, sessionCookie(hostile))).toBe('401 credential_invalid')
  })
})
