import { createHmac, randomBytes } from 'node:crypto'
import { AuthError, authJs, createDualAuth, expressSession, type DualAuth } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import {
  betterAuthSignOut,
  createSignOut,
  type CreateSignOutOptions,
  type SigningOutInstance,
} from '../../src/index.js'
import { createWorld, ORIGIN, type World } from '../exchange/world.js'

const SAME = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }
const withServer = ({ auth, shared }: World) => ({
  auth,
  url: ORIGIN,
  signOut: betterAuthSignOut(shared.server as unknown as SigningOutInstance),
})

async function run(options: CreateSignOutOptions, headers: Record<string, string>) {
  const fields: string[] = []
  const said = await createSignOut(options)({ method: 'POST', headers }, (field) => fields.push(field)).then(
    () => 'signed out',
    (error: AuthError) => `${error.code} ${error.reason}`,
  )
  const cleared = fields.filter((field) => /Max-Age=0/i.test(field)).map((field) => field.slice(0, field.indexOf('=')))
  return { said, fields, cleared: [...new Set(cleared)] }
}

/** A person of the old side who holds a session of Better Auth as well. */
async function moved() {
  const world = createWorld()
  await world.join('ada')
  const old = `old=${world.old('ada', { sid: 's1' })}`
  const { cookie } = await world.browser(old)
  return { world, old, both: `${old}; ${cookie}` }
}

describe('the sign-out in front of that of the app', () => {
  it('ends the sessions of both sides, here and in Better Auth, and clears the cookies of both', async () => {
    const { world, both } = await moved()
    expect(await world.atBetterAuth(both)).toBe('ada')
    const { said, cleared } = await run(withServer(world), { cookie: `${both}; theme=dark`, ...SAME })
    expect(said).toBe('signed out')
    expect(cleared).toEqual(expect.arrayContaining(['old', expect.stringContaining('session_token')]))
    expect(cleared).not.toContain('theme')
    const sessions = both.split('; ').filter((cookie) => /^old=|session_token=/.test(cookie))
    expect(sessions).toHaveLength(2)
    for (const cookie of sessions) expect(await world.use({ cookie })).toBe('credential_revoked')
    expect(await world.atBetterAuth(both)).toBeNull()
    expect(world.shared.server.tables.session).toEqual([])
  })

  it.each([
    ['Node', (cookie: string) => ({ method: 'POST', headers: { cookie, ...SAME }, rawHeaders: [] })],
    ['the web', (cookie: string) => new Request(ORIGIN, { method: 'POST', headers: { cookie, ...SAME } })],
  ])('takes the request of %s', async (_name, request) => {
    const { world, both } = await moved()
    await createSignOut(withServer(world))(request(both), () => {})
    expect(await world.use({ cookie: both })).toBe('credential_revoked')
  })

  it.each([
    ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['that does not say where it is from', {}],
  ])('signs nobody out for a request %s, and clears nothing', async (_name, headers) => {
    const { world, old } = await moved()
    for (const cookie of [{ cookie: old }, {}]) {
      const { said, fields } = await run(withServer(world), { ...cookie, ...headers } as Record<string, string>)
      expect([said, fields]).toEqual(['origin_untrusted null', []])
    }
    expect(await world.use({ cookie: old })).toBe('legacy ada')
  })

  it('signs a client out by its bearer, which proves no origin', async () => {
    const world = createWorld()
    const authorization = `Bearer ${world.old('ada')}`
    expect(await run(withServer(world), { authorization })).toMatchObject({ said: 'signed out', fields: [] })
    expect(await world.use({ authorization })).toBe('credential_revoked')
  })

  it('clears nothing while a session cannot be ended where it is kept', async () => {
    const { world, both } = await moved()
    const signOut = () => Promise.reject(new AuthError('store_unavailable'))
    const { said, fields } = await run({ auth: world.auth, url: ORIGIN, signOut }, { cookie: both, ...SAME })
    expect([said, fields]).toEqual(['store_unavailable null', []])
  })

  it('clears all of more cookies than a browser keeps, and does not say that all is over', async () => {
    const { world } = await moved()
    const tossed = Array.from({ length: 181 }, (_, n) => `old=${world.old('ada', { n })}`)
    const { said, cleared } = await run(withServer(world), { cookie: tossed.join('; '), ...SAME })
    expect([said, cleared]).toEqual(['credential_malformed too_many_cookies', expect.arrayContaining(['old'])])
  })

  it('clears chunks and both names, with the domain where they have one', async () => {
    const secret = randomBytes(32).toString('hex')
    const store = { get: (_: string, callback: (error: null, session: object) => void) => callback(null, {}) }
    const auth = createDualAuth({
      verifiers: [
        authJs({ name: 'auth-js', secrets: [secret], cookie: ['__Host-a', 'a'] }),
        expressSession({ name: 'express', secrets: [secret.slice(1)], store }),
      ],
      link: ({ subject }) => ({ id: subject }),
    }) as unknown as DualAuth
    const mac = createHmac('sha256', secret.slice(1)).update('x').digest('base64').replace('=', '')
    const cookie = ['__Host-a=1', 'a.0=1', 'a.1=1', 'a.x=1', 'b.0=1', `connect.sid=s%3Ax.${mac}`].join('; ')
    const { fields } = await run(
      { auth, url: ORIGIN, domain: 'example.com', clearCookies: ['more'] },
      { cookie, ...SAME },
    )
    const named = (name: string) => fields.filter((field) => field.startsWith(`${name}=;`))
    expect(named('__Host-a')).toEqual([expect.not.stringContaining('Domain')])
    for (const name of ['a.0', 'a.1', 'connect.sid', 'more'])
      expect(named(name)).toEqual([
        expect.not.stringContaining('Domain'),
        expect.stringContaining('Domain=example.com'),
      ])
    expect(fields).toHaveLength(9)
  })

  it('clears the chunks of each session, whatever chunks of others a sibling subdomain tossed', async () => {
    const secret = randomBytes(32).toString('hex')
    const store = { get: (_: string, callback: (error: null, session: object) => void) => callback(null, {}) }
    const auth = createDualAuth({
      verifiers: [
        authJs({ name: 'auth-js', secrets: [secret], cookie: ['__Host-session', 'session'] }),
        expressSession({ name: 'express', secrets: [secret.slice(1)], store, cookie: 'sid' }),
      ],
      link: ({ subject }) => ({ id: subject }),
    }) as unknown as DualAuth
    const tossed = Array.from({ length: 30 }, (_, at) => [`sid.${at}=1`, `session.${at}=1`]).flat()
    const cookie = [...tossed, '__Host-session.0=1', '__Host-session.1=1'].join('; ')
    const { cleared } = await run({ auth, url: ORIGIN }, { cookie, ...SAME })
    expect(cleared).toEqual(expect.arrayContaining(['__Host-session.0', '__Host-session.1', 'session.0']))
    expect(cleared.filter((name) => name.startsWith('sid.'))).toEqual([])
    expect(cleared.filter((name) => name.startsWith('session.'))).toHaveLength(20)
  })

  it('names a wrong option at the start', () => {
    const { auth } = createWorld()
    for (const [wrong, name] of [
      [{ url: 'app' }, 'url'],
      [{ url: 'http://app.example.com' }, 'url'],
      [{ auth: {} }, 'auth'],
      [{ signOut: 'yes' }, 'signOut'],
      [{ domain: 'a b' }, 'domain'],
      [{ clearCookies: ['a=b'] }, 'clearCookies'],
    ] as const)
      expect(() => createSignOut({ auth, url: ORIGIN, ...wrong } as never)).toThrow(
        expect.objectContaining({ message: expect.stringMatching(`^createSignOut\\.${name}`) as string }),
      )
  })
})
