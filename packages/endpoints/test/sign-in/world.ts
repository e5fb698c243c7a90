import { generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  createDualAuth,
  oidc,
  oidcRefresh,
  oidcSession,
  type Account,
  type DualAuthOptions,
  type LinkRefusal,
  type Stage,
  type Verifier,
} from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { Provider, type Configuration } from 'oidc-provider'
import { afterEach } from 'vitest'
import {
  oidcSignIn,
  signInEndpoints,
  type OidcSignInOptions,
  type SignInEndpointsOptions,
  type SignInProvider,
} from '../../src/index.js'
import { APPS, listen } from '../apps.js'
import { createBrowser, type Browser, type Page } from './browser.js'
import { legacyOf } from '../legacy.js'

export type World = Awaited<ReturnType<typeof createWorld>>

export interface WorldOptions extends Partial<SignInEndpointsOptions> {
  readonly framework?: string
  readonly stage?: Stage
  readonly link?: (subject: string) => Account | LinkRefusal | null
  readonly instance?: Partial<DualAuthOptions>
  readonly verifiers?: readonly Verifier[]
  readonly signingIn?: Partial<OidcSignInOptions>
  /** The provider as it is given to the endpoints. */
  readonly wrap?: (provider: SignInProvider) => SignInProvider
}

/** Worlds of one test file, which close after each test. @param defaults Of every world, unless a test says otherwise. */
export function worlds(defaults: WorldOptions = {}): (options?: WorldOptions) => Promise<World> {
  let opened: World[] = []
  afterEach(async () => {
    await Promise.all(opened.map((world) => world.close()))
    opened = []
  })
  return async (options = {}) => {
    const world = await createWorld({ ...defaults, ...options })
    opened.push(world)
    return world
  }
}

/** An application, and a real OpenID provider with its pages. */
export async function createWorld({
  framework = 'hono',
  stage,
  link,
  instance = {},
  verifiers = [],
  signingIn = {},
  wrap = (one) => one,
  ...options
}: WorldOptions = {}) {
  let handle: (request: Request) => Promise<Response> = () => Promise.reject(new Error('not mounted yet'))
  const app = await listen(await (APPS[framework] as (typeof APPS)[string])('/auth', (request) => handle(request)))
  const provider = await startProvider(app.origin)
  const clock = { offset: 0 }
  const now = (): number => Date.now() + clock.offset
  const issuer = createLegacyIssuer({ now })
  const client = { id: 'web', secret: provider.secret }
  const session = oidcSession({
    cookiePasswords: [randomBytes(32).toString('base64url')],
    cookie: { name: 'session', secure: false },
    refresh: oidcRefresh({ client }),
  })
  const auth = createDualAuth({
    verifiers: [
      oidc({ name: 'workforce', issuer: provider.issuer, audience: 'https://api.example.com', session }),
      legacyOf(issuer, 'old'),
      ...verifiers,
    ],
    link: ({ subject }) => (link === undefined ? { id: subject } : link(subject)),
    trustedOrigins: [app.origin],
    now,
    ...(instance as object),
    ...(stage !== undefined && {
      migration: {
        from: ['legacy'],
        to: 'workforce',
        policy: { version: 1, stage, settleMs: 0, rollout: { unit: 'identifier', salt: 's', basisPoints: 0 } } as const,
      },
    }),
  })
  handle = signInEndpoints({
    auth,
    provider: wrap(
      oidcSignIn({
        verifier: 'workforce',
        issuer: provider.issuer,
        clientId: 'web',
        clientSecret: provider.secret,
        session,
        scope: 'openid email offline_access',
        parameters: { prompt: 'consent' },
        now,
        ...signingIn,
      }),
    ),
    redirectUri: `${app.origin}/auth/callback`,
    secrets: [randomBytes(32).toString('base64url')],
    now,
    ...options,
  })
  const host = new URL(app.origin).host
  return {
    origin: app.origin,
    host,
    provider,
    auth,
    clock,
    handle: (request: Request) => handle(request),
    oldToken: (userId: string) => issuer.sign({ userId }),
    /** Fills in the pages of the provider; ends where it sends the browser. */
    async signIn(browser: Browser, login = 'ada', path = '/auth/sign-in?returnTo=/things%3Fpage=2'): Promise<Page> {
      return fillIn(browser, await browser.go(app.origin + path), login)
    },
    async me(browser: Browser): Promise<string> {
      const { status, text } = await browser.ask(`${app.origin}/auth/me`)
      const { id, code } = JSON.parse(text) as { id?: string; code?: string }
      return `${status} ${id ?? code}`
    },
    async close() {
      await auth.close()
      await app.close()
      await provider.close()
    },
  }
}

/** Signs in and consents, as a person does. @param stopAt Sends no further form than this one. */
export async function fillIn(browser: Browser, page: Page, login: string): Promise<Page> {
  for (let at = page; ;) {
    const action = /<form[^>]*action="([^"]+)"/.exec(at.text)?.[1]
    if (action === undefined || !at.url.includes('/interaction/')) return at
    const prompt = /name="prompt" value="(\w+)"/.exec(at.text)?.[1] ?? ''
    const body = new URLSearchParams({ prompt, ...(prompt === 'login' && { login, password: 'x' }) })
    at = await browser.go(new URL(action, at.url).href, { method: 'POST', body })
  }
}

/** Signs out, and goes on as far as no question is asked. */
export async function signOut(browser: Browser, origin: string): Promise<Page> {
  const page = await browser.go(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
  const [, action, xsrf = ''] = /action="([^"]+)".*name="xsrf" value="(\w+)"/.exec(page.text) ?? []
  if (action === undefined || page.text.includes('Do you want')) return page
  return browser.go(action, { method: 'POST', body: new URLSearchParams({ xsrf, logout: 'yes' }) })
}

export { createBrowser }

async function startProvider(appOrigin: string) {
  const late = { open: (): void => {}, begun: (): void => {}, opened: Promise.resolve() }
  const state = {
    isDown: false,
    /** Of the refresh tokens, the one that was given last. */
    refreshToken: '',
    /** Answers the revocation of tokens with this status until it is null. */
    revocation: null as number | null,
    /** What it says to whoever has that refresh token. */
    async redeem(refreshToken: string): Promise<string> {
      const response = await fetch(`${server.origin}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`web:${secret}`)}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
      })
      const { error = 'tokens' } = (await response.json()) as { error?: string }
      return `${response.status} ${error}`
    },
    /** Resolves when it is asked for tokens; it answers when `release` is called. */
    holdTokens(): { readonly asked: Promise<void>; release(): void } {
      late.opened = new Promise((resolve) => (late.open = resolve))
      return { asked: new Promise((resolve) => (late.begun = resolve)), release: () => late.open() }
    },
  }
  const server = await listen((request, response) => {
    if (state.isDown) return void response.writeHead(503, { 'retry-after': '7' }).end()
    if (state.revocation !== null && request.url === '/token/revocation')
      return void response.writeHead(state.revocation).end()
    if (request.url !== '/token') return void provider.callback()(request, response)
    late.begun()
    void late.opened.then(() => provider.callback()(request, response))
  })
  const secret = randomBytes(24).toString('hex')
  const provider = new Provider(server.origin, configure(appOrigin, secret))
  provider.on('refresh_token.saved', ({ jti }) => void (state.refreshToken = jti))
  return Object.assign(state, { issuer: server.origin, secret, close: server.close })
}

function configure(appOrigin: string, secret: string): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] as never },
    clients: [
      {
        client_id: 'web',
        client_secret: secret,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${appOrigin}/auth/callback`],
        post_logout_redirect_uris: [`${appOrigin}/`],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, groups: GROUPS }),
    }),
    claims: { openid: ['sub'], email: ['email'], large: ['groups'] },
    // As providers do that put everything into the id token.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    features: {
      claimsParameter: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        // As OpenID Connect RP-Initiated Logout 1.0 section 6 wants it: whoever shows whose session it is, is not asked.
        logoutSource(context, form) {
          const { session, entities } = context.oidc
          const hinted = (entities.IdTokenHint as { payload?: { sub?: string } } | undefined)?.payload?.sub
          const question = hinted === session?.accountId ? '' : '<p>Do you want to sign out?</p>'
          const submit = '<input type="hidden" form="op.logoutForm" name="logout" value="yes"/>'
          context.body = `${question}${form}${submit}`
        },
      },
    },
    ttl: { AccessToken: 300, Grant: 3600, Session: 3600, Interaction: 600, IdToken: 86_400 },
  }
}

const GROUPS: readonly string[] = Array.from({ length: 150 }, (_, at) => `tenant_${at}_administrators`)
