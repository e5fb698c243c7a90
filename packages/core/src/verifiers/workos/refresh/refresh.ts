import * as z from 'zod/mini'
import { between, object, withMethods } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import { textOf } from '../../../verify/jwt/mapped-claims.js'
import { createApiClient } from '../api-client.js'
import { readGrant, type Grant } from '../session/authenticate.js'
import { workosManagementKey } from '../management-key.js'
import type { OpenRefresh, RefreshableSession, RefreshParts, WorkosRefresh } from './refresh-port.js'
import { createRenewals } from './renew.js'
import { timedStore, type RefreshStore } from './shared-store.js'

/** What `workosRefresh` takes. */
export interface WorkosRefreshOptions {
  /** The environment's API key, `sk_…`: WorkOS takes it as the client secret. */
  readonly apiKey: string
  /** How long before its end a token is refreshed. Default 30, at most 300; never more than half its lifetime. */
  readonly refreshBeforeSeconds?: number
  /** Default 3000, at most 5000. */
  readonly timeoutMs?: number
  /** How long requests that still carry the old cookie get the new one. Default 30000, at most 120000. */
  readonly keepMs?: number
  /** Shared by the instances of the app, so that they refresh once together. Default: each by itself. */
  readonly store?: RefreshStore
}

const STORE_TIMEOUT_MS = 1_000

const schema = object({
  apiKey: workosManagementKey,
  refreshBeforeSeconds: z._default(between(0, 300), 30),
  timeoutMs: z._default(between(1, 5_000), 3_000),
  keepMs: z._default(between(1_000, 120_000), 30_000),
  store: z.exactOptional(
    withMethods<RefreshStore>(['add', 'get', 'set', 'delete'], 'an object with add, get, set and delete'),
  ),
})

/**
 * Refreshes sealed sessions on the way, for `workosSession({ refresh })`.
 *
 * An outage ends no session: while the token is valid it goes on, after that it is "cannot tell".
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function workosRefresh(options: WorkosRefreshOptions): WorkosRefresh {
  const parsed = parseOptions(schema, options, 'workosRefresh')
  const { timeoutMs, keepMs, refreshBeforeSeconds, store } = parsed
  return {
    open(parts) {
      const { verifier, context } = parts
      const client = createGrantClient(parts, parsed.apiKey, timeoutMs)
      const renewals = createRenewals({
        ask: client.ask,
        seal: parts.seal,
        store: store === undefined ? null : timedStore(store, STORE_TIMEOUT_MS),
        rules: { now: context.now, leaseMs: timeoutMs + 2 * STORE_TIMEOUT_MS, keepMs },
        verifier,
        emit: context.emit,
      })
      return { refreshBeforeSeconds, ...renewals, close: client.close } satisfies OpenRefresh
    },
  }
}

interface GrantClient {
  ask(session: RefreshableSession): Promise<Grant>
  close(): void
}

function createGrantClient(
  { verifier, clientId, apiUrl, context }: RefreshParts,
  apiKey: string,
  timeoutMs: number,
): GrantClient {
  const client = createApiClient(context.now, timeoutMs)
  return {
    async ask({ accessToken, refreshToken }) {
      const startedAt = performance.now()
      const organization = textOf(accessToken.claims, 'org_id')
      const answer = await client.post(`${apiUrl}/user_management/authenticate`, {
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: apiKey,
        refresh_token: refreshToken,
        // A JWT template may put anything there; the token that comes of it is judged like any other.
        organization_id: organization?.startsWith('org_') === true ? organization : undefined,
      })
      const grant = readGrant(answer)
      context.emit({
        type: 'session_refreshed',
        durationMs: performance.now() - startedAt,
        verifier,
        outcome: grant.outcome === 'granted' ? 'renewed' : grant.outcome,
        cause: grant.outcome === 'unavailable' ? grant.cause : null,
      })
      return grant
    },
    close: () => client.close(),
  }
}
