import { betterAuth as betterAuth15 } from 'better-auth-1.5'
import { memoryAdapter as memoryAdapter15 } from 'better-auth-1.5/adapters/memory'
import * as plugins15 from 'better-auth-1.5/plugins'
import { betterAuth as betterAuth16 } from 'better-auth-1.6'
import { memoryAdapter as memoryAdapter16 } from 'better-auth-1.6/adapters/memory'
import * as plugins16 from 'better-auth-1.6/plugins'
import { describe, expect, it } from 'vitest'
import { betterAuthSignOut, customMinter, sessionEndpoints } from '../src/index.js'
import type { Installed } from './better-auth-versions.js'
import { createWorld, everybody, ORIGIN, said, share, type World } from './exchange/world.js'

/** Between the two minors that all other tests run on. */
const BETWEEN = [
  ['1.5', { betterAuth: betterAuth15, memoryAdapter: memoryAdapter15, plugins: plugins15 }],
  ['1.6', { betterAuth: betterAuth16, memoryAdapter: memoryAdapter16, plugins: plugins16 }],
] as unknown as readonly (readonly [string, Installed])[]

describe.each(BETWEEN)('a bearer of a real Better Auth %s', (_version, installed) => {
  const ask = (
    world: World,
    path: string,
    init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Response> =>
    world.shared.server.handler(
      new Request(`http://localhost:3000/api/auth${path}`, {
        method: 'POST',
        ...init,
        headers: { origin: 'http://localhost:3000', 'content-type': 'application/json', ...init.headers },
      }),
    )

  /** Signs somebody up there. @returns what its bearer plugin gives, and the cookie. */
  async function signedUp(world: World, name: string) {
    const body = JSON.stringify({ name, email: `${name}@example.com`, password: 'correct horse' })
    const { headers } = await ask(world, '/sign-up/email', { body })
    const token = headers.get('set-auth-token') as string
    const cookie = (headers.getSetCookie().find((one) => one.includes('session_token=')) as string).split(';', 1)[0]
    return { authorization: `Bearer ${token}`, cookie: cookie as string }
  }

  it('is taken by the API, as it was given and as it stands in its table', async () => {
    const world = createWorld({ shared: share(installed) })
    const { authorization, cookie } = await signedUp(world, 'ada')
    const { id } = world.shared.server.tables.user[0] as { id: string }
    expect(await world.use({ authorization })).toBe(`better-auth ${id}`)
    expect(await world.use({ cookie })).toBe(`better-auth ${id}`)
    expect(await world.atBetterAuth('', { authorization })).toBe(id)
  })

  it('is signed out, there and here, and no other one of that person is', async () => {
    const world = createWorld({ shared: share(installed) })
    const { server } = world.shared
    const [ada, bob] = [await signedUp(world, 'ada'), await signedUp(world, 'bob')]
    const sessions = sessionEndpoints({
      auth: world.auth,
      url: `${ORIGIN}/auth`,
      signIn: '/login',
      signOut: betterAuthSignOut(server as never),
    })
    const out = await sessions(
      new Request(`${ORIGIN}/auth/sign-out`, { method: 'POST', headers: { authorization: ada.authorization } }),
    )
    expect([out.status, out.headers.getSetCookie()]).toEqual([204, []])
    expect(server.tables.session).toHaveLength(1)
    expect(await world.atBetterAuth('', { authorization: ada.authorization })).toBeNull()
    for (const one of [{ authorization: ada.authorization }, { cookie: ada.cookie }])
      expect(await world.use(one)).toBe('credential_revoked')
    expect(await world.use({ authorization: bob.authorization })).toMatch(/^better-auth /)
    // Whose session is gone already.
    const again = await sessions(
      new Request(`${ORIGIN}/auth/sign-out`, { method: 'POST', headers: { authorization: ada.authorization } }),
    )
    expect(again.status).toBe(204)
  })

  it('comes of an exchange, and ends with the old session where the server slides none', async () => {
    const shared = share(installed, { session: { disableSessionRefresh: true } })
    const world = createWorld({ shared, bodyTokens: true })
    await world.join('ada')
    const exp = Math.floor(Date.now() / 1000) + 3_600
    const reply = await world.client(world.old('ada', { exp }))
    const authorization = `Bearer ${String(reply.json['access_token'])}`
    expect(await world.atBetterAuth('', { authorization })).toBe('ada')
    const [row] = shared.server.tables.session
    expect(Math.floor(new Date(row?.['expiresAt'] as Date).getTime() / 1000)).toBe(exp)
  })

  it('comes of an exchange, and goes back where the policy does', async () => {
    const world: World = createWorld({
      shared: share(installed),
      bodyTokens: true,
      exchange: {
        back: customMinter({
          verifier: 'legacy',
          mint: ({ principal, endsAt }) => ({
            tokens: {
              accessToken: world.old(principal.id, { sid: 's2', exp: endsAt }),
              expiresIn: 60,
            },
          }),
        }),
      },
    })
    await world.join('ada')
    const reply = await world.client(world.old('ada', { sid: 's1' }))
    const authorization = `Bearer ${String(reply.json['access_token'])}`
    expect([said(reply), await world.use({ authorization })]).toEqual(['200', 'better-auth ada'])
    expect(await world.atBetterAuth('', { authorization })).toBe('ada')
    await world.publish({ rollout: everybody(0) })
    const back = await world.client(String(reply.json['access_token']))
    const old = { authorization: `Bearer ${String(back.json['access_token'])}` }
    expect([said(back), await world.use(old)]).toEqual(['200', 'legacy ada'])
    // What ends the one ends the other.
    await world.auth.signOut({ method: 'POST', headers: { authorization } })
    expect([await world.use({ authorization }), await world.use(old)]).toEqual([
      'credential_revoked',
      'credential_revoked',
    ])
  })
})
