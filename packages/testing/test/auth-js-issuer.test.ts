import { Auth } from '@auth/core'
import { decode as decode5, getToken as getToken5 } from '@auth/core/jwt'
import { authJs, createDualAuth } from '@dualauth/core'
import { decode as decode4, getToken as getToken4 } from 'next-auth/jwt'
import { describe, expect, it } from 'vitest'
import { createAuthJsIssuer, createClock, tamper, type AuthJsIssuerOptions } from '../src/index.js'

const CLAIMS = { sub: 'ada', name: 'Ada', email: 'ada@example.com', roles: ['editor'] }

/** What the real packages read in a `Cookie` field. */
const READ = {
  5: (cookie: string, { secret, cookie: cookieName }: { secret: string; cookie: string }) =>
    getToken5({ req: new Request('http://localhost/', { headers: { cookie } }), secret, cookieName, salt: cookieName }),
  4: (cookie: string, { secret, cookie: cookieName }: { secret: string; cookie: string }) =>
    getToken4({ req: { headers: {}, cookies: pairsIn(cookie) } as never, secret, cookieName }),
}

const pairsIn = (cookie: string) => Object.fromEntries(cookie.split('; ').map((pair) => pair.split(/=(.*)/s)))

describe.each([4, 5] as const)('sessions that were minted, version %i', (version) => {
  it.each<[string, AuthJsIssuerOptions]>([
    ['with the usual name', {}],
    ['with the name of https', { secure: true }],
    ['with a name of the app', { cookie: 'sid' }],
  ])('are read by the real package %s', async (_, options) => {
    const issuer = createAuthJsIssuer({ version, ...options })
    const cookie = issuer.sessionCookie(issuer.token(CLAIMS))
    expect(cookie.startsWith(`${issuer.cookie}=`)).toBe(true)
    expect(await READ[version](cookie, issuer)).toMatchObject(CLAIMS)
    expect(await READ[version](tamper(cookie), issuer)).toBeNull()
    const expired = issuer.sessionCookie(issuer.token(CLAIMS, { expiresInSeconds: -60 }))
    expect(await READ[version](expired, issuer)).toBeNull()
  })

  it('are read in chunks', async () => {
    const issuer = createAuthJsIssuer({ version })
    const cookie = issuer.sessionCookie(issuer.token({ ...CLAIMS, notes: 'x'.repeat(9_000) }))
    expect(cookie.split('; ').length).toBeGreaterThan(2)
    expect(await READ[version](cookie, issuer)).toMatchObject(CLAIMS)
  })

  it('are read with the salt that they were made with, and with no other', async () => {
    const { token, secret } = createAuthJsIssuer({ version, salt: 'mobile' })
    const decode = (salt: string) =>
      version === 4 ? decode4({ token: token(CLAIMS), secret, salt }) : decode5({ token: token(CLAIMS), secret, salt })
    expect(await decode('mobile')).toMatchObject(CLAIMS)
    await expect(decode('web')).rejects.toThrow()
  })

  it('are accepted by authJs until they expire', async () => {
    const clock = createClock(Date.UTC(2026, 0, 15))
    const issuer = createAuthJsIssuer({ version, now: clock.now })
    const auth = createDualAuth({
      verifiers: [authJs({ name: 'auth-js', secrets: [issuer.secret], version })],
      now: clock.now,
    })
    const cookie = issuer.sessionCookie(issuer.token(CLAIMS))
    const ask = async () => {
      const result = await auth.authenticate({ method: 'GET', headers: { cookie } })
      return result.ok ? result.principal.id : result.error.code
    }
    expect(await ask()).toBe('ada')
    clock.advance(31 * 86_400_000)
    expect(await ask()).toBe('credential_expired')
  })
})

it('sessions that were minted are sessions of a real Auth.js server, also with a list of secrets', async () => {
  const issuer = createAuthJsIssuer()
  const headers = { cookie: issuer.sessionCookie(issuer.token(CLAIMS)) }
  for (const secret of [issuer.secret, ['a newer secret, which is another one', issuer.secret]]) {
    const config = { secret, trustHost: true, basePath: '/auth', providers: [] }
    const response = await Auth(new Request('http://localhost:3000/auth/session', { headers }), config)
    expect(await response.json()).toMatchObject({ user: { name: 'Ada', email: 'ada@example.com' } })
  }
})
