import { createHash } from 'node:crypto'
import { createDualAuth, sessions } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { createClock, createSessionIssuer, tamper, type SessionStoredAs } from '../src/index.js'

const FORMS: readonly SessionStoredAs[] = ['plain', 'sha256-hex', 'sha256-base64', 'sha256-base64url', 'id.secret']

describe.each(FORMS)('sessions of a store that keeps %s', (storedAs) => {
  const clock = createClock(Date.UTC(2026, 0, 15))
  const issuer = createSessionIssuer({ storedAs, prefix: 'session_', now: clock.now })
  const auth = createDualAuth({
    verifiers: [
      sessions({
        name: 'old',
        carriers: [{ cookie: issuer.cookie }, 'bearer'],
        token: { prefix: 'session_' },
        storedAs: issuer.storedAs,
        find: issuer.find,
      }),
    ],
    now: clock.now,
  })
  const said = async (headers: Record<string, string>) => {
    const result = await auth.authenticate({ method: 'GET', headers })
    return result.ok ? result.principal.id : result.error.code
  }
  const inCookie = (token: string) => said({ cookie: issuer.sessionCookie(token) })

  it('are accepted in the cookie and as bearer, until they are over', async () => {
    const { token } = issuer.session({ user: 'ada', expiresInSeconds: 60 })
    expect(await inCookie(token)).toBe('ada')
    expect(await said({ authorization: `Bearer ${token}` })).toBe('ada')
    expect(await inCookie(tamper(token))).toBe('credential_revoked')
    clock.advance(60_000)
    expect(await inCookie(token)).toBe('credential_expired')
  })

  it('end when they are signed out of, and a visitor has none', async () => {
    const { token } = issuer.session({ user: 'ada' })
    issuer.signOut(token)
    expect(await inCookie(token)).toBe('credential_revoked')
    expect(await inCookie(issuer.session({ user: null }).token)).toBe('credential_missing')
    expect(await inCookie(issuer.session({ fields: { isActive: false } }).token)).toBe('account_deactivated')
  })
})

it('the store knows a token by its hash alone, as Lucia writes it', () => {
  const { session, find } = createSessionIssuer()
  const { token } = session({ user: 'ada' })
  const hash = createHash('sha256').update(token).digest('hex')
  expect(find(hash, { fresh: false, now: 0 })).toMatchObject({ userId: 'ada' })
  expect(find(token, { fresh: false, now: 0 })).toBeNull()
})
