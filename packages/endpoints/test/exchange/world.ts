import { randomBytes } from 'node:crypto'
import {
  apiKeys,
  betterAuth,
  createApiKey,
  createDualAuth,
  instanceSessions,
  legacyJwt,
  memoryApiKeys,
  memoryExchanges,
  type Account,
  type AuthEvent,
  type BetterAuthInstance,
  type DualAuth,
  type DualAuthOptions,
  type ExchangeOptions,
  type PolicyDocument,
  type SessionMinter,
  type Stage,
} from '@dualauth/core'
import { createLegacyIssuer, type LegacySecretIssuer } from '@dualauth/testing'
import type { BetterAuthOptions } from 'better-auth'
import { betterAuthMinter, exchangeEndpoint, type Endpoints } from '../../src/index.js'
import { BETTER_AUTH, type Installed, type Version } from '../better-auth-versions.js'

export const ORIGIN = 'https://app.example.com'
const AUTH_ORIGIN = 'http://localhost:3000'
const ALL = 10_000

export interface WorldOptions {
  readonly stage?: Stage
  readonly policy?: Partial<PolicyDocument>
  readonly exchange?: Partial<ExchangeOptions>
  /** Of the endpoint. */
  readonly bodyTokens?: boolean
  readonly accounts?: Readonly<Record<string, Omit<Account, 'id'> | null>>
  readonly options?: Partial<DualAuthOptions>
  readonly minter?: (own: SessionMinter) => SessionMinter
  /** Counted and kept together with another world's, as instances of one API do. */
  readonly shared?: Shared
}

/** What instances of one API share. */
export interface Shared {
  readonly server: RealBetterAuth
  readonly secret: string
  readonly issuer: LegacySecretIssuer
  readonly clock: { offset: number }
}

type Row = Record<string, unknown>

export interface RealBetterAuth extends BetterAuthInstance {
  handler(request: Request): Promise<Response>
  readonly tables: Readonly<Record<'user' | 'session', Row[]>>
}

export type World = ReturnType<typeof createWorld>

/** A real Better Auth server over tables in memory, in which people have the ids of the application. */
function startBetterAuth(secret: string, installed: Installed, more: object): RealBetterAuth {
  const { betterAuth: create, memoryAdapter, plugins } = installed
  const { admin, bearer, organization, twoFactor } = plugins
  const tables = {
    user: [],
    session: [],
    account: [],
    verification: [],
    organization: [],
    member: [],
    invitation: [],
    twoFactor: [],
  }
  const instance = create({
    database: memoryAdapter(tables),
    baseURL: AUTH_ORIGIN,
    secret,
    emailAndPassword: { enabled: true, password: { hash: async (text) => text, verify: async () => true } },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    ...more,
    plugins: [bearer(), admin(), organization(), twoFactor()],
  } as BetterAuthOptions)
  return Object.assign(instance, { tables }) as unknown as RealBetterAuth
}

/** @param more Options of Better Auth. */
export function share(version: Version | Installed = '1.7.7', more: object = {}): Shared {
  const clock = { offset: 0 }
  const secret = randomBytes(32).toString('hex')
  return {
    clock,
    secret,
    server: startBetterAuth(secret, typeof version === 'string' ? BETTER_AUTH[version] : version, more),
    issuer: createLegacyIssuer({ now: () => Date.now() + clock.offset }),
  }
}

/** An API in the middle of a move from its own JWTs to Better Auth, and the endpoint that exchanges sessions. */
export function createWorld({
  stage = 'dual',
  policy = {},
  exchange = {},
  accounts = {},
  options = {},
  bodyTokens = false,
  minter = (own) => own,
  shared = share(),
}: WorldOptions = {}) {
  const { server, secret, issuer, clock } = shared
  const now = (): number => Date.now() + clock.offset
  const events: AuthEvent[] = []
  const keys = memoryApiKeys()
  let document: PolicyDocument = { version: 1, settleMs: 0, stage, rollout: everybody(ALL), ...policy }
  let changed = (): void => {}
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [issuer.secret],
        purpose: 'only-access-tokens',
        claims: { subject: 'userId', organization: 'org', sessionId: 'sid', roles: 'roles' },
        carriers: ['bearer', { cookie: 'old' }],
      }),
      betterAuth({ name: 'better-auth', secrets: [secret], sessions: instanceSessions(server) }),
      apiKeys({ name: 'api-key', prefix: 'sk_live_', keys }),
    ],
    link: ({ subject }: { subject: string }) => {
      const account = accounts[subject]
      return account === null ? null : { id: subject, ...account }
    },
    access: { roles: { editor: ['things:*'] } },
    migration: {
      from: ['legacy'],
      to: 'better-auth',
      policy: {
        load: () => ({ document }),
        watch(listener: () => void) {
          changed = listener
          return () => {}
        },
      },
      exchange: {
        minter: minter(betterAuthMinter({ verifier: 'better-auth', instance: server })),
        exchanges: memoryExchanges({ now }),
        ...exchange,
      },
    },
    trustedOrigins: [ORIGIN],
    now,
    onEvent: (event: AuthEvent) => void events.push(event),
    ...options,
  } as unknown as DualAuthOptions) as DualAuth
  const handle: Endpoints = exchangeEndpoint({ auth, bodyTokens })
  const replace = async (next: Omit<PolicyDocument, 'version'>): Promise<void> => {
    document = { ...next, version: document.version + 1 }
    changed()
    await auth.ready()
  }

  return {
    auth,
    events,
    keys,
    shared,
    handle,
    clock,
    now,
    /** Signs somebody up in Better Auth, with the id that the application uses. */
    async join(id: string, more: Row = {}): Promise<void> {
      server.tables.user.push({
        id,
        name: id,
        email: `${id}@example.com`,
        emailVerified: true,
        createdAt: new Date(),
        updatedAt: new Date(),
        ...more,
      })
    },
    old: (userId: string, claims: Row = {}): string => issuer.sign({ userId, ...claims }),
    async publish(next: Partial<PolicyDocument>): Promise<void> {
      await replace({ ...document, ...next })
    },
    /** The same, without what stood in the policy before. */
    replace,
    /** Asks the endpoint as a browser of this site does. */
    async browser(cookie: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
      return reply(await handle(post({ cookie, 'sec-fetch-site': 'same-origin', ...headers })))
    },
    /** Asks it as a client with a token does. */
    async client(token: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
      const sent = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers }
      return reply(await handle(post(sent, body && JSON.stringify(body))))
    },
    /** Whom the API lets in, or why not. */
    async use(headers: Readonly<Record<string, string>>): Promise<string> {
      const result = await auth.authenticate({ method: 'GET', headers }, { fresh: true })
      return result.ok ? `${result.principal.verifier} ${result.principal.id}` : result.error.code
    },
    /** Whom Better Auth's own server takes a browser for. */
    async atBetterAuth(cookie: string, more: Readonly<Record<string, string>> = {}): Promise<string | null> {
      const response = await server.handler(
        new Request(`${AUTH_ORIGIN}/api/auth/get-session`, { headers: { cookie, origin: AUTH_ORIGIN, ...more } }),
      )
      const session = (await response.json()) as { user: { id: string } } | null
      return session?.user.id ?? null
    },
    async apiKey(owner: string): Promise<string> {
      const made = await createApiKey({
        prefix: 'sk_live_',
        owner: { id: owner, kind: 'user' },
        scopes: ['things:read'],
      })
      keys.add(made.record)
      return made.key
    },
  }
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly json: Row & { readonly code?: string; readonly reason?: string }
  /** What a browser keeps of it, as it sends it: the live cookies, without attributes. */
  readonly cookie: string
}

export async function reply(response: Response): Promise<Reply> {
  const text = await response.text()
  const pairs = response.headers.getSetCookie().map((field) => field.split(';', 1)[0] as string)
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? {} : (JSON.parse(text) as Reply['json']),
    cookie: pairs.filter((pair) => !pair.endsWith('=')).join('; '),
  }
}

/** In short: the status and the code, with the reason where there is one. */
export function said({ status, json: { code, reason } }: Reply): string {
  return [status, code, reason].filter((part) => part !== undefined).join(' ')
}

export function everybody(basisPoints: number): NonNullable<PolicyDocument['rollout']> {
  return { unit: 'user', salt: 'spring', basisPoints }
}

function post(headers: Readonly<Record<string, string>>, body?: string): Request {
  return new Request(`${ORIGIN}/auth/exchange`, { method: 'POST', headers, ...(body !== undefined && { body }) })
}
