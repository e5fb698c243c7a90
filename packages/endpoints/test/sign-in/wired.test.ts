import { randomBytes } from 'node:crypto'
import {
  AuthError,
  createDualAuth,
  legacyJwt,
  memoryExchanges,
  oidc,
  oidcSession,
  workos,
  workosSession,
  type AuthEvent,
  type OidcSessionOptions,
} from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { afterEach, describe, expect, it } from 'vitest'
import {
  oidcSignIn,
  signInEndpoints,
  tokenExchangeMinter,
  workosSignIn,
  type OidcSignInOptions,
  type SignInProvider,
} from '../../src/index.js'
import { createBrowser, createWorld, fillIn, signOut, type World, type WorldOptions } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

const ISSUER = 'https://idp.example.com'
const password = (): string => randomBytes(32).toString('base64url')
const ours = password()
const sessionOf = (options: Partial<OidcSessionOptions> = {}) => oidcSession({ cookiePasswords: [ours], ...options })

function refusal(task: () => unknown): { code: unknown; message: string } {
  try {
    task()
  } catch (cause) {
    const { code, message } = cause as { code: unknown; message: string }
    return { code, message }
  }
  return { code: null, message: 'it started' }
}

function started(signingIn: Partial<OidcSignInOptions>, reader: { session?: ReturnType<typeof sessionOf> } = {}) {
  const session = sessionOf()
  const auth = createDualAuth({
    verifiers: [oidc({ name: 'idp', issuer: ISSUER, audience: 'https://api.example.com', session, ...reader })],
  })
  const provider = oidcSignIn({ verifier: 'idp', issuer: ISSUER, clientId: 'web', session, ...signingIn })
  return refusal(() =>
    signInEndpoints({ auth, provider, redirectUri: 'https://app.example.com/auth/callback', secrets: [password()] }),
  )
}

describe('a sign-in whose session its verifier would not read', () => {
  it.each([
    ['another cookie', { session: sessionOf({ cookie: { name: 'other' } }) }, 'provider.session'],
    ['another password', { session: sessionOf({ cookiePasswords: [password()] }) }, 'provider.session'],
    ['another issuer', { issuer: 'https://other.example.com' }, 'provider.issuer'],
    ['a realm spelled otherwise', { issuer: `${ISSUER}/realms/a` }, 'provider.issuer'],
  ])('does not start: %s', (_name, signingIn, option) => {
    const { code, message } = started(signingIn)
    expect([code, message]).toEqual(['configuration_invalid', expect.stringContaining(`signInEndpoints.${option}`)])
    expect(message).toContain('"idp"')
    expect(message).not.toContain(ours)
  })

  it('does not start where the verifier reads no chunks, or no session at all', () => {
    expect(started({}, { session: sessionOf({ cookie: { chunks: false } }) }).message).toContain('provider.session')
    const auth = createDualAuth({ verifiers: [oidc({ name: 'idp', issuer: ISSUER, audience: 'api' })] })
    const provider = oidcSignIn({ verifier: 'idp', issuer: ISSUER, clientId: 'web', session: sessionOf() })
    const options = { auth, provider, redirectUri: 'https://app.example.com/auth/callback', secrets: [password()] }
    expect(refusal(() => signInEndpoints(options)).message).toContain('provider.session')
  })

  it('starts with a session that was made twice of the same options, and while its password is rotated', () => {
    expect(started({ session: sessionOf() }).message).toBe('it started')
    expect(started({}, { session: sessionOf({ cookiePasswords: [password(), ours] }) }).message).toBe('it started')
    expect(started({ issuer: `${ISSUER}/` }).message).toBe('it started')
  })

  it.each([
    ['clientId', { clientId: 'client_02' }],
    ['session', { session: workosSession({ cookiePasswords: [password()] }) }],
    ['session', { session: workosSession({ cookiePasswords: [ours], cookie: { name: 'other' } }) }],
  ])('does not start at WorkOS, by the option %s', (option, change) => {
    const session = workosSession({ cookiePasswords: [ours] })
    const auth = createDualAuth({ verifiers: [workos({ name: 'workos', clientId: 'client_01', session })] })
    const provider = workosSignIn({ verifier: 'workos', clientId: 'client_01', session, ...change })
    const { code, message } = refusal(() =>
      signInEndpoints({ auth, provider, redirectUri: 'https://app.example.com/auth/callback', secrets: [password()] }),
    )
    expect([code, message]).toEqual([
      'configuration_invalid',
      expect.stringContaining(`signInEndpoints.provider.${option}`),
    ])
  })

  it.each([
    ['issuer', { issuer: 'https://other.example.com' }],
    ['session', { session: sessionOf({ cookiePasswords: [password()] }) }],
  ])('is minted by no token exchange either, by the option %s', (option, change) => {
    const session = sessionOf()
    const minter = tokenExchangeMinter({ verifier: 'idp', issuer: ISSUER, clientId: 'web', session, ...change })
    const { code, message } = refusal(() =>
      createDualAuth({
        verifiers: [
          oidc({ name: 'idp', issuer: ISSUER, audience: 'api', session }),
          legacyJwt({
            name: 'legacy',
            algorithms: ['HS256'],
            secrets: [createLegacyIssuer().secret],
            purpose: 'only-access-tokens',
          }),
        ],
        link: ({ subject }) => ({ id: subject }),
        migration: {
          from: ['legacy'],
          to: 'idp',
          policy: { version: 1, stage: 'dual' },
          exchange: { minter, exchanges: memoryExchanges() },
        },
      }),
    )
    expect(code).toBe('configuration_invalid')
    expect(message).toContain('createDualAuth.migration.exchange.minter')
    expect(message).toContain(`\`${option}\``)
  })
})

describe('an operator hears of', () => {
  const failed: Extract<AuthEvent, { type: 'endpoint_failed' }>[] = []
  const open = async (options: WorldOptions = {}): Promise<World> => {
    failed.length = 0
    const onEvent = (event: AuthEvent): void => void (event.type === 'endpoint_failed' && failed.push(event))
    return (world = await createWorld({ ...options, instance: { onEvent } as never }))
  }
  const seen = () => failed.map(({ endpoint, code, reason, verifier }) => [endpoint, code, reason, verifier])

  it('a session that nobody reads, once, and the browser is not sent round in circles', async () => {
    const session = oidcSession({ cookiePasswords: [password()], cookie: { name: 'session', secure: false } })
    // A provider of the application's own, which says nothing of its sessions.
    const wrap = ({ verifier, ...provider }: SignInProvider): SignInProvider => {
      const { authorizationUrl, finish, signOutUrl, clear, ready } = provider
      return { verifier, authorizationUrl, finish, signOutUrl, clear, ready }
    }
    const { signIn } = await open({ signingIn: { session }, wrap })
    const page = await signIn(createBrowser())
    expect([page.status, (JSON.parse(page.text) as { code: string }).code]).toEqual([400, 'sign_in_failed'])
    expect(seen()).toEqual([['callback', 'sign_in_failed', 'session_not_read', 'workforce']])
    expect(failed[0]?.error).toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(/verifier "workforce" does not read .*seal/) as string,
    })
  })

  it('an outage of the provider when a sign-in begins', async () => {
    const { origin, provider } = await open()
    provider.isDown = true
    expect((await createBrowser().ask(`${origin}/auth/sign-in`)).status).toBe(503)
    expect(seen()).toEqual([['sign-in', 'verifier_unavailable', null, 'workforce']])
    expect(failed[0]?.error?.message).not.toBe('')
  })

  it('a client secret that the provider refuses, without the secret and without who signed in', async () => {
    const { signIn } = await open({ signingIn: { clientSecret: 'a-secret-that-is-wrong' } })
    expect((await signIn(createBrowser())).status).toBe(503)
    expect(seen()).toEqual([['callback', 'verifier_unavailable', null, 'workforce']])
    expect(JSON.stringify(failed)).not.toMatch(/a-secret|ada/)
  })

  it('a sign-in that the person stopped, by its reason', async () => {
    const { origin } = await open()
    const browser = createBrowser()
    const page = await browser.go(`${origin}/auth/sign-in`)
    const abort = /href="([^"]+\/abort)"/.exec(page.text)?.[1] as string
    expect((await browser.go(new URL(abort, page.url).href)).status).toBe(400)
    expect(seen()).toEqual([['callback', 'sign_in_failed', 'access_denied', 'workforce']])
  })

  it('a provider whose page for signing out is not to be had, while the browser is signed out here', async () => {
    const cause = new AuthError('verifier_unavailable', { cause: new Error('connect ECONNREFUSED') })
    const wrap = (provider: SignInProvider): SignInProvider => ({
      ...provider,
      signOutUrl: () => Promise.reject(cause),
    })
    const { origin, signIn, me } = await open({ wrap })
    const browser = createBrowser()
    await signIn(browser)
    await signOut(browser, origin)
    expect(await me(browser)).toBe('401 credential_missing')
    expect(seen()).toEqual([['sign-out', null, null, 'workforce']])
    expect(failed[0]?.error?.message).toBe('connect ECONNREFUSED')
  })

  it('nothing where a caller is wrong', async () => {
    const { origin } = await open()
    const browser = createBrowser()
    for (const path of ['/auth/nowhere', '/auth/me']) await browser.ask(origin + path)
    await browser.ask(`${origin}/auth/sign-out`, { method: 'POST' })
    await fillIn(browser, await browser.go(`${origin}/auth/sign-in`), 'ada')
    expect(seen()).toEqual([])
  })
})
