import { createDualAuth, expressSession } from '@dualauth/core'
import { expect, it } from 'vitest'
import { createClock, createExpressSessionIssuer, tamper } from '../src/index.js'

const clock = createClock(Date.UTC(2026, 0, 15))
const issuer = createExpressSessionIssuer({ now: clock.now })
const auth = createDualAuth({
  verifiers: [
    expressSession({
      name: 'express',
      secrets: [issuer.secret],
      store: issuer.store,
      subject: ({ passport, userId }) =>
        (passport as { user?: string } | undefined)?.user ?? (userId as string | undefined),
    }),
  ],
  now: clock.now,
})
const said = async (id: string, cookie = issuer.sessionCookie(id)) => {
  const result = await auth.authenticate({ method: 'GET', headers: { cookie } })
  return result.ok ? result.principal.id : result.error.code
}

it('sessions that were minted are accepted until the store drops them', async () => {
  const { id } = issuer.session({ user: 'ada', expiresInSeconds: 60 })
  expect(await said(id)).toBe('ada')
  expect(await said(id, tamper(issuer.sessionCookie(id)))).toBe('credential_invalid')
  expect(await said(id, createExpressSessionIssuer().sessionCookie(id))).toBe('credential_invalid')
  clock.advance(60_000)
  expect(await said(id)).toBe('credential_revoked')
})

it('sessions that were signed out of are gone, and a visitor has none', async () => {
  const { id } = issuer.session({ user: 'ada' })
  issuer.signOut(id)
  expect(await said(id)).toBe('credential_revoked')
  expect(await said(issuer.session({ user: null }).id)).toBe('credential_missing')
  expect(await said(issuer.session({ user: null, fields: { userId: 'bob' } }).id)).toBe('bob')
})
