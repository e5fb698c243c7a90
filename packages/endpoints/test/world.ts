import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import {
  apiKeys,
  createDualAuth,
  type Account,
  type FormatError,
  type Query,
  type RevocationFeed,
} from '@dualauth/core'
import { installSchema, storedApiKeys, type StoredApiKeys } from '@dualauth/postgres'
import { createLegacyIssuer } from '@dualauth/testing'
import { apiKeyEndpoints, type ApiKeyEndpointsOptions, type Endpoints } from '../src/index.js'
import { legacyOf } from './legacy.js'

export const ORIGIN = 'https://app.example.com'

/** Ada edits, Bob reads, Admins do everything; in acme, Ada manages keys. `support-…` acts in the place of somebody. */
const ACCOUNTS: Readonly<Record<string, Omit<Account, 'id'>>> = {
  ada: {
    permissions: ['things:read', 'things:write'],
    memberships: [{ organization: 'acme', permissions: ['api-keys:write', 'api-keys:read', 'things:read'] }, 'globex'],
  },
  bob: { permissions: ['things:read'], memberships: ['acme'] },
  root: { permissions: ['*'] },
  robot: { permissions: ['api-keys:write', 'things:read'] },
  acme: { permissions: ['things:read'] },
}

export interface World {
  readonly keys: StoredApiKeys
  /** Asks the endpoints. */
  ask(call: Call): Promise<Reply>
  /** The handler itself, to be mounted. */
  readonly handle: Endpoints
  /** What the API behind says to a key: 200 and the caller, or status and code. */
  use(key: string): Promise<string>
  /** A bearer of somebody. */
  token(who: string): string
  readonly errors: unknown[]
}

export interface Call {
  readonly as?: string
  readonly key?: string
  readonly cookie?: string
  readonly organization?: string
  readonly method?: string
  readonly path?: string
  readonly body?: unknown
  /** Sent as it is. */
  readonly raw?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Record<string, never> & {
    readonly code?: string
    readonly detail?: string
    readonly key: string
    readonly cursor: string | null
    readonly apiKey: ShownKey
    readonly keys: readonly ShownKey[]
  }
}

export type ShownKey = Readonly<Record<string, unknown>> & { readonly id: string }

/** One database for a file of tests: each takes seconds to start. */
export async function openDatabase(): Promise<Query> {
  const pglite = await createEmbedded((from) => PGlite.create(from))
  const query: Query = async (sql, params) =>
    (await pglite.query(sql, [...params])).rows as readonly Record<string, unknown>[]
  await installSchema(query)
  return query
}

/** Endpoints over a database without keys. */
export async function createWorld(
  query: Query,
  options: Partial<ApiKeyEndpointsOptions> = {},
  { formatError, revocations }: { readonly formatError?: FormatError; readonly revocations?: RevocationFeed } = {},
): Promise<World> {
  await query('delete from dualauth.api_key', [])
  const keys = storedApiKeys(query)
  const issuer = createLegacyIssuer()
  const auth = createDualAuth({
    verifiers: [
      legacyOf(issuer, 'session'),
      apiKeys({ name: 'live', prefix: 'sk_live_', keys, rememberMs: 60_000 }),
      apiKeys({ name: 'test', prefix: 'sk_test_', keys, rememberMs: 60_000 }),
    ],
    link: ({ subject }) => (ACCOUNTS[subject] === undefined ? null : { id: subject, ...ACCOUNTS[subject] }),
    organization: (request) => request.header('x-organization') ?? undefined,
    trustedOrigins: [ORIGIN],
    ...(formatError !== undefined && { formatError }),
    ...(revocations !== undefined && { revocations }),
  })
  const errors: unknown[] = []
  const handle: Endpoints = apiKeyEndpoints({
    auth,
    keys,
    prefix: { live: 'sk_live_', test: 'sk_test_' },
    onError: (cause) => errors.push(cause),
    ...options,
  })
  const token = (who: string) => issuer.sign({ userId: who })
  return {
    keys,
    handle,
    token,
    errors,
    async ask({ as, key, cookie, organization, method = 'GET', path = '', body, raw, headers = {} }) {
      const sent = new Headers(headers)
      if (as !== undefined) sent.set('authorization', `Bearer ${token(as)}`)
      if (key !== undefined) sent.set('x-api-key', key)
      if (cookie !== undefined) sent.set('cookie', `session=${token(cookie)}`)
      if (organization !== undefined) sent.set('x-organization', organization)
      if (body !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json')
      const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
      const init = { method, headers: sent, duplex: 'half', ...(content !== undefined && { body: content }) }
      const response = await handle(new Request(`https://api.example.com/api-keys${path}`, init))
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, json: text === '' ? {} : JSON.parse(text) }
    },
    async use(key) {
      const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': key } })
      return result.ok ? `200 ${result.principal.id}` : `${result.error.status} ${result.error.code}`
    },
  }
}
