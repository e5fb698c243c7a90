import { randomBytes } from 'node:crypto'
import {
  createDualAuth,
  oidc,
  oidcRefresh,
  oidcSession,
  type Account,
  type DualAuth,
  type OidcSession,
  type RefreshStore,
  type RevocationFeed,
  type AuthEvent,
} from '@dualauth/core'
import { startOidcProvider, type OidcProvider } from '@dualauth/testing'
import {
  oidcSignIn,
  oidcTokens,
  refreshEndpoint,
  signInEndpoints,
  type BodyTokensOptions,
  type Endpoints,
  type RefreshTokenReuse,
  type TokenProvider,
} from '../../src/index.js'
import { createSharedStore, type SharedStore } from './store.js'

export const ORIGIN = 'https://app.example.com'
const URL_OF_REFRESH = 'https://app.example.com/auth/refresh'

export interface Instance {
  readonly auth: DualAuth
  readonly session: OidcSession
  readonly handle: Endpoints
  /** Sign-in, sign-out and all, with the same families. */
  readonly site: Endpoints
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
  /** Of the answer, or '' */
  readonly refreshToken: string
  readonly accessToken: string
  /** `200`, or `401 credential_revoked` */
  readonly outcome: string
}

export interface World {
  readonly provider: OidcProvider
  readonly clock: { offset: number }
  readonly store: SharedStore
  readonly secrets: string[]
  /** What carries revocations between instances. */
  readonly feed: { isDown: boolean }
  readonly errors: unknown[]
  readonly reuses: RefreshTokenReuse[]
  /** What the provider was asked to revoke. */
  readonly revoked: { refreshToken: string; sessionId: string | null }[]
  /** Answers of `link`; a throw is an outage. */
  readonly accounts: { find(subject: string): Account | null }
  /** Of all instances. */
  readonly events: readonly AuthEvent[]
  /** The first one. */
  readonly first: Instance
  instance(options?: TokenOptions): Instance
  /** What the provider gives a phone at a sign-in. */
  signIn(subject?: string): string
  refresh(token: string, instance?: Instance): Promise<Reply>
  /** What the API says to an access token: `200 ada`, or status and code. */
  use(accessToken: string, instance?: Instance): Promise<string>
  /** The cookie of somebody who signed in in a browser. @param sid Of the provider's session. Default: a new one. */
  cookie(subject: string, sid?: string): Promise<string>
  close(): Promise<void>
}

/** Without a store where it is null. */
export type TokenOptions = Partial<Omit<BodyTokensOptions, 'store'>> & { readonly store?: RefreshStore | null }

/** What an instance shares with the others: the store of the world, or a client of its own. */
type StoreOf = (world: RefreshStore) => RefreshStore
const own: StoreOf = (store) => store

/** Instances of an API behind one provider of the test kit, and what they share. */
export async function createWorld(options: TokenOptions = {}, stores: StoreOf = own): Promise<World> {
  const clock = { offset: 0 }
  const begun = Date.now()
  const now = (): number => begun + clock.offset
  const provider = await startOidcProvider({ now })
  const { issuer, audience, client } = provider
  const store = createSharedStore(now)
  const secrets = [randomBytes(32).toString('base64url')]
  const accounts: World['accounts'] = { find: (subject) => ({ id: subject }) }
  const cookiePasswords = [randomBytes(32).toString('base64url')]
  const [errors, reuses, revoked, opened]: [unknown[], RefreshTokenReuse[], World['revoked'], Instance[]] = [
    [],
    [],
    [],
    [],
  ]
  const events: AuthEvent[] = []
  const feed = { isDown: false }
  const subscribers: ((revocation: unknown) => void)[] = []
  const revocations: RevocationFeed = {
    publish(revocation) {
      if (feed.isDown) throw new Error('feed: connection refused')
      for (const apply of subscribers) apply(revocation)
    },
    subscribe(apply) {
      subscribers.push(apply)
      return () => {}
    },
  }
  const tokens = oidcTokens({ issuer, clientId: client.id, clientSecret: client.secret, timeoutMs: 2_000, now })
  const asked: TokenProvider = { ...tokens, revoke: async (what) => void revoked.push(what) }

  function instance(more: TokenOptions = {}): Instance {
    const shared = stores(store)
    const session = oidcSession({
      cookiePasswords,
      cookie: { name: 'session' },
      refresh: oidcRefresh({ client, store: shared }),
    })
    const auth = createDualAuth({
      verifiers: [oidc({ name: 'workforce', issuer, audience, session })],
      link: ({ subject }) => accounts.find(subject),
      trustedOrigins: [ORIGIN],
      revocations,
      now,
      onEvent: (event) => events.push(event),
    }) as DualAuth
    const { store: given = shared, ...others } = { ...options, ...more }
    const bodyTokens: BodyTokensOptions = {
      provider: asked,
      secrets,
      ...(given !== null && { store: given }),
      onError: (cause) => errors.push(cause),
      onReuse: (reuse) => reuses.push(reuse),
      ...others,
    }
    const site = signInEndpoints({
      auth,
      provider: oidcSignIn({
        verifier: 'workforce',
        issuer,
        clientId: client.id,
        clientSecret: client.secret,
        session,
      }),
      redirectUri: `${ORIGIN}/auth/callback`,
      secrets,
      bodyTokens,
      now,
    })
    const made = { auth, session, handle: refreshEndpoint({ auth, bodyTokens, now }), site }
    opened.push(made)
    return made
  }
  const first = instance()

  return {
    provider,
    clock,
    store,
    secrets,
    feed,
    errors,
    events,
    reuses,
    revoked,
    accounts,
    first,
    instance,
    signIn: (subject = 'ada') => provider.signIn({ subject }).answer.refresh_token as string,
    refresh: (token, { handle } = first) => ask(handle, { body: JSON.stringify({ refresh_token: token }) }),
    async use(accessToken, { auth } = first) {
      const request = { method: 'GET', headers: { authorization: `Bearer ${accessToken}` } }
      const result = await auth.authenticate(request)
      return result.ok ? `200 ${result.principal.id}` : `${result.error.status} ${result.error.code}`
    },
    async cookie(subject, sid) {
      const { claims, answer } = provider.signIn({ subject, ...(sid !== undefined && { claims: { sid } }) })
      const dates = { now: now(), signInBegunAt: now() }
      const cookies = await first.session.begin({ verifier: 'workforce', claims, answer: { ...answer }, ...dates })
      return cookies.map(({ field }) => field.slice(0, field.indexOf(';'))).join('; ')
    },
    async close() {
      for (const { auth } of opened) await auth.close()
      await provider.close()
    },
  }
}

/** One `POST`, as JSON unless it says otherwise. */
export async function ask(handle: Endpoints, init: RequestInit = {}, url = URL_OF_REFRESH): Promise<Reply> {
  const headers = new Headers(init.headers)
  if (!(init.body === undefined || init.body instanceof URLSearchParams || headers.has('content-type')))
    headers.set('content-type', 'application/json')
  const response = await handle(new Request(url, { method: 'POST', ...init, headers }))
  const text = await response.text()
  const json = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
  return {
    status: response.status,
    headers: response.headers,
    text,
    json,
    refreshToken: String(json['refresh_token'] ?? ''),
    accessToken: String(json['access_token'] ?? ''),
    outcome: json['code'] === undefined ? `${response.status}` : `${response.status} ${String(json['code'])}`,
  }
}
