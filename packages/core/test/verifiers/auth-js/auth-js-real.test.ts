import { randomBytes } from 'node:crypto'
import { encode as encode5, decode as decode5 } from '@auth/core/jwt'
import { encode as encode4, decode as decode4 } from 'next-auth/jwt'
import { describe, expect, it } from 'vitest'
import { authJs, createDualAuth, type AuthJsOptions, type DualAuth } from '../../../src/index.js'
import { outcome } from '../../support/outcome.js'
import { authJsBrowser, nextAuthBrowser, type AuthJsBrowser } from '../../support/real-auth-js.js'
import { bearer, cookies, request } from '../../support/requests.js'

const secret = randomBytes(33).toString('base64')
const authWith = (options: Partial<AuthJsOptions> = {}, now?: () => number): DualAuth =>
  createDualAuth({
    verifiers: [authJs({ name: 'auth-js', secrets: [secret], ...options })],
    ...(now !== undefined && { now }),
  }) as unknown as DualAuth

const VERSIONS = [
  { version: 5, name: 'authjs.session-token', browserOf: authJsBrowser },
  { version: 4, name: 'next-auth.session-token', browserOf: nextAuthBrowser },
] as const

async function signedIn(browser: AuthJsBrowser): Promise<AuthJsBrowser> {
  await browser.signIn()
  return browser
}
const presented = (browser: AuthJsBrowser) => request({ cookie: browser.cookie() })

describe.each(VERSIONS)('sessions of a real Auth.js, version $version', ({ version, name, browserOf }) => {
  it.each([
    ['http://localhost:3000', name],
    ['https://app.example.com', `__Secure-${name}`],
  ])('are accepted as it sets them: %s', async (origin, cookie) => {
    const browser = await signedIn(browserOf({ secret, origin }))
    expect([...browser.jar.keys()]).toContain(cookie)
    expect(await outcome(authWith({ version }), presented(browser))).toBe('200 ada by auth-js')
  })

  it('are accepted after it wrote them again, and refused once their cookie is gone', async () => {
    const browser = await signedIn(browserOf({ secret }))
    const first = browser.jar.get(name)
    expect((await browser.session())?.user?.email).toBe('ada@example.com')
    expect(browser.jar.get(name)).not.toBe(first)
    const auth = authWith({ version })
    expect(await outcome(auth, presented(browser))).toBe('200 ada by auth-js')
    browser.jar.delete(name)
    expect(await outcome(auth, presented(browser))).toBe('401 credential_missing')
  })

  it('are accepted in chunks, in whatever order a browser sends them', async () => {
    const browser = await signedIn(browserOf({ secret, claims: { notes: 'x'.repeat(4_000) } }))
    const chunks = [...browser.jar].filter(([cookie]) => cookie.startsWith(name))
    expect(chunks.map(([cookie]) => cookie)).toEqual([`${name}.0`, `${name}.1`])
    const auth = authWith({ version })
    expect(await outcome(auth, cookies(...chunks))).toBe('200 ada by auth-js')
    expect(await outcome(auth, cookies(...chunks.toReversed()))).toBe('200 ada by auth-js')
    expect(await outcome(auth, cookies(chunks[0]!))).toBe('401 credential_invalid')
    expect(await outcome(auth, cookies(chunks[1]!))).toBe('401 credential_missing')
    expect(await outcome(auth, cookies(...chunks, [`${name}.1`, 'x']))).toBe('401 credential_missing')
  })

  it.each(['__Host-session', 'app.sid'])('are accepted under a name of the app: %s', async (cookie) => {
    const browser = await signedIn(browserOf({ secret, cookie }))
    expect(browser.jar.has(cookie)).toBe(true)
    expect(await outcome(authWith({ version, cookie }), presented(browser))).toBe('200 ada by auth-js')
  })

  it('state what Auth.js and the callback jwt put in', async () => {
    const claims = { role: ['editor'], org: { id: 7 }, sid: 's-1', signedInAt: Date.now() - 60_000 }
    const browser = await signedIn(browserOf({ secret, claims }))
    const auth = authWith({ version, claims: { roles: 'role', organization: 'org.id' }, signedInAt: 'signedInAt' })
    const result = await auth.authenticate(presented(browser))
    expect(result.ok && result.principal).toMatchObject({
      id: 'ada',
      issuer: 'auth-js',
      email: 'ada@example.com',
      organization: '7',
      sessionId: 's-1',
      issuedAt: Math.floor(claims.signedInAt / 1000),
      claims: { sub: 'ada', name: 'Ada Lovelace', picture: 'https://example.com/ada.png', role: ['editor'] },
    })
  })

  it('are taken as bearer only where the option says so', async () => {
    const browser = await signedIn(browserOf({ secret }))
    const token = bearer(browser.jar.get(name)!)
    expect(await outcome(authWith({ version, bearer: true }), token)).toBe('200 ada by auth-js')
    expect(await outcome(authWith({ version }), token)).toBe('401 credential_missing')
  })

  it('are refused by another secret, and by the other version', async () => {
    const browser = await signedIn(browserOf({ secret }))
    const other = authWith({ version, secrets: [randomBytes(33).toString('base64')] })
    expect(await outcome(other, presented(browser))).toBe('401 credential_invalid')
    const otherVersion = authWith({ version: version === 5 ? 4 : 5, cookie: name })
    expect(await outcome(otherVersion, presented(browser))).toBe('401 credential_invalid')
  })

  it('are accepted by each secret of a list, which the principal names', async () => {
    const browser = await signedIn(browserOf({ secret }))
    const auth = authWith({ version, secrets: [randomBytes(33).toString('base64'), secret] })
    const result = await auth.authenticate(presented(browser))
    expect(result.ok && result.principal.secretIndex).toBe(1)
  })

  it('expire, 15 seconds after their end', async () => {
    const browser = await signedIn(browserOf({ secret }))
    const end = Math.floor(Date.now() / 1000) * 1000 + 30 * 86_400_000
    expect(
      await outcome(
        authWith({ version }, () => end + 10_000),
        presented(browser),
      ),
    ).toBe('200 ada by auth-js')
    expect(
      await outcome(
        authWith({ version }, () => end + 20_000),
        presented(browser),
      ),
    ).toBe('401 credential_expired')
  })
})

describe('the other cookies of a real Auth.js', () => {
  it('are no session under the name of one: each has a key of its own in 5', async () => {
    const token = await encode5({ token: { sub: 'ada' }, secret, salt: 'authjs.state' })
    expect(await outcome(authWith(), cookies(['authjs.session-token', token]))).toBe('401 credential_invalid')
    const plain = await encode5({ token: { sub: 'ada' }, secret, salt: 'authjs.session-token' })
    expect(await outcome(authWith(), cookies(['authjs.session-token', plain]))).toBe('200 ada by auth-js')
    expect(await outcome(authWith(), cookies(['__Secure-authjs.session-token', plain]))).toBe('401 credential_invalid')
  })

  it('hold no subject in 4, where one key opens them all', async () => {
    const state = await encode4({ token: { state: 'x' } as never, secret })
    expect(await outcome(authWith({ version: 4 }), cookies(['next-auth.session-token', state]))).toBe(
      '401 credential_invalid',
    )
  })

  it('are read with the salt that the app names', async () => {
    const salted = await encode4({ token: { sub: 'ada' }, secret, salt: 'mobile' })
    expect(await decode4({ token: salted, secret, salt: 'mobile' })).toMatchObject({ sub: 'ada' })
    const auth = authWith({ version: 4, salt: 'mobile', bearer: true })
    expect(await outcome(auth, bearer(salted))).toBe('200 ada by auth-js')
    const five = await encode5({ token: { sub: 'ada' }, secret, salt: 'mobile' })
    expect(await decode5({ token: five, secret, salt: 'mobile' })).toMatchObject({ sub: 'ada' })
    expect(await outcome(authWith({ salt: 'mobile', bearer: true }), bearer(five))).toBe('200 ada by auth-js')
  })
})
