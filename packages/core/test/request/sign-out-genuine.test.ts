import { createLegacyIssuer } from '@dualauth/testing'
import { expect, it } from 'vitest'
import { apiKeys, createApiKey, createDualAuth, legacyJwt, memoryApiKeys } from '../../src/index.js'
import { legacyOptions } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { cookies } from '../support/requests.js'

function createWorld() {
  const issuer = createLegacyIssuer()
  const clock = { at: Date.now() }
  const keys = memoryApiKeys()
  const auth = createDualAuth({
    verifiers: [
      legacyJwt(
        legacyOptions({
          secrets: [issuer.secret],
          purpose: 'only-access-tokens',
          carriers: ['bearer', { cookie: 'old' }],
        }),
      ),
      apiKeys({ name: 'api-key', prefix: 'sk_live_', keys }),
    ],
    link: ({ subject }: { subject: string }) => ({ id: subject }),
    now: () => clock.at,
  })
  return { issuer, auth, clock, keys }
}

it.each([16, 40, 179, 1_000])('a sign-out ends the genuine cookie behind %i that were tossed', async (tossed) => {
  const { issuer, auth } = createWorld()
  const token = issuer.sign({ userId: 'ada' })
  const junk = Array.from({ length: tossed }, (_, at) => ['old', `junk${at}`] as const)
  await auth.signOut(cookies(...junk, ['old', token]))
  expect(await outcome(auth, cookies(['old', token]))).toBe('401 credential_revoked')
})

it('a sign-out that brings more tokens than a browser keeps says so, and ends those that it judged', async () => {
  const { issuer, auth } = createWorld()
  const [first, last] = [issuer.sign({ userId: 'ada' }), issuer.sign({ userId: 'ada', n: 2 })]
  const forger = createLegacyIssuer()
  const forged = Array.from({ length: 180 }, (_, n) => ['old', forger.sign({ userId: 'ada', n })] as const)
  await expect(auth.signOut(cookies(['old', first], ...forged, ['old', last]))).rejects.toMatchObject({
    code: 'credential_malformed',
    reason: 'too_many_cookies',
  })
  expect(await outcome(auth, cookies(['old', first]))).toBe('401 credential_revoked')
  expect(await outcome(auth, cookies(['old', last]))).toMatch(/^200 ada/)
})

it('a sign-out ends a genuine token whose issuer has a clock that is ahead', async () => {
  const { issuer, auth, clock } = createWorld()
  const soon = Math.floor(clock.at / 1000) + 120
  const token = cookies(['old', issuer.sign({ userId: 'ada', nbf: soon, iat: soon })])
  expect(await outcome(auth, token)).toBe('401 credential_invalid')
  await auth.signOut(token)
  clock.at += 180_000
  expect(await outcome(auth, token)).toBe('401 credential_revoked')
})

it('a sign-out ends a bearer beside the cookies, and no API key', async () => {
  const { issuer, auth, keys } = createWorld()
  const [phone, browser] = [issuer.sign({ userId: 'ada' }), issuer.sign({ userId: 'ada', n: 2 })]
  const bearer = (token: string) => ({ method: 'POST', headers: { authorization: `Bearer ${token}` } })
  await auth.signOut({ method: 'POST', headers: { authorization: `Bearer ${phone}`, cookie: `old=${browser}` } })
  expect(await outcome(auth, bearer(phone))).toBe('401 credential_revoked')
  expect(await outcome(auth, cookies(['old', browser]))).toBe('401 credential_revoked')
  const made = await createApiKey({ prefix: 'sk_live_', owner: { id: 'ada', kind: 'user' }, scopes: ['things:read'] })
  keys.add(made.record)
  expect(await auth.signOut(bearer(made.key))).toEqual([])
  expect(await outcome(auth, bearer(made.key))).toMatch(/^200 ada/)
})
