import { describe, expect, it } from 'vitest'
import { VERSIONS } from '../better-auth-versions.js'
import { createWorld, said, share, type World, type WorldOptions } from './world.js'

describe.each(VERSIONS)('exchanging for a session of a real Better Auth %s', (version) => {
  const open = (options: WorldOptions = {}): World => createWorld({ shared: share(version), ...options })
  const signedIn = async (world: World, more: Record<string, unknown> = {}, claims = {}): Promise<string> => {
    await world.join('ada', more)
    return world.old('ada', claims)
  }
  const sessions = ({ shared: { server } }: World) => server.tables.session

  it('gives a browser the cookie that its own server reads, and says who signed in where', async () => {
    const world = open()
    const old = await signedIn(world)
    const reply = await world.browser(`old=${old}`, { 'user-agent': 'Browser/1' })
    expect(said(reply)).toBe('200')
    expect(await world.use({ cookie: reply.cookie })).toBe('better-auth ada')
    expect(await world.atBetterAuth(reply.cookie)).toBe('ada')
    expect(sessions(world)).toMatchObject([{ userId: 'ada', userAgent: 'Browser/1' }])
  })

  it('gives a session that ends with the old one, and that its server does not slide', async () => {
    const world = open()
    const exp = Math.floor(Date.now() / 1000) + 3_600
    const { cookie } = await world.browser(`old=${await signedIn(world, {}, { exp })}`)
    const end = () => Math.floor(new Date(sessions(world)[0]?.['expiresAt'] as Date).getTime() / 1000)
    expect(end()).toBe(exp)
    expect(await world.atBetterAuth(cookie)).toBe('ada')
    expect(end()).toBe(exp)
  })

  it('gives a session that slides where it may be renewed', async () => {
    const world = open({ exchange: { renew: true } })
    const exp = Math.floor(Date.now() / 1000) + 3_600
    const { cookie } = await world.browser(`old=${await signedIn(world, {}, { exp })}`)
    expect(cookie).not.toContain('dont_remember')
    const row = sessions(world)[0] as { expiresAt: Date }
    // As one that was used a day ago for the last time.
    row.expiresAt = new Date(row.expiresAt.getTime() - 2 * 86_400_000)
    const before = row.expiresAt.getTime()
    expect(await world.atBetterAuth(cookie)).toBe('ada')
    expect(new Date(sessions(world)[0]?.['expiresAt'] as Date).getTime()).toBeGreaterThan(before)
  })

  it('gives a client a token that the API and the bearer plugin take', async () => {
    const world = open({ bodyTokens: true })
    const reply = await world.client(await signedIn(world))
    const authorization = `Bearer ${String(reply.json['access_token'])}`
    expect(await world.use({ authorization })).toBe('better-auth ada')
    expect(await world.atBetterAuth('', { authorization })).toBe('ada')
  })

  it('acts for the organization of the old session', async () => {
    const world = open({ accounts: { ada: { organization: 'acme' } } })
    const reply = await world.browser(`old=${await signedIn(world)}`)
    expect([said(reply), reply.json['organization']]).toEqual(['200', 'acme'])
    expect(sessions(world)).toMatchObject([{ activeOrganizationId: 'acme' }])
  })

  it('refuses whom it has banned, and whom it asks for a second factor', async () => {
    for (const [fields, expected] of [
      [{ banned: true }, '403 account_banned'],
      [{ banned: true, banExpires: new Date(Date.now() - 1_000) }, '200'],
      [{ twoFactorEnabled: true }, '401 sign_in_required step_up'],
    ] as const) {
      const world = open()
      expect([fields, said(await world.browser(`old=${await signedIn(world, fields)}`))]).toEqual([fields, expected])
    }
  })

  it('clears a cache of an earlier session', async () => {
    const world = open()
    const reply = await world.browser(`old=${await signedIn(world)}; better-auth.session_data=x`)
    expect(reply.headers.getSetCookie()).toContainEqual(expect.stringMatching(/^better-auth\.session_data=; Max-Age=0/))
  })

  it('takes back what nobody got: the old session was revoked meanwhile', async () => {
    let world: World | null = null
    const opened = (world = open({
      minter: (own) => ({
        ...own,
        async mint(request) {
          const minted = await own.mint(request)
          await world?.auth.revoke({ principal: 'ada' })
          return minted
        },
      }),
    }))
    expect(said(await opened.browser(`old=${await signedIn(opened)}`))).toBe('401 credential_revoked')
    expect(sessions(opened)).toEqual([])
  })
})
