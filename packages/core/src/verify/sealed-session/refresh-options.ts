import * as z from 'zod/mini'
import { between, withMethods } from '../../settings/schemas.js'
import type { VerifierContext } from '../../route/verifier.js'
import type { OpenRefresh } from './renewal.js'
import { createRenewals, type RenewalParts } from './renew.js'
import type { RefreshableSession } from './session-kind.js'
import { sourceReady } from '../source-ready.js'
import { timedStore, type RefreshStore } from './shared-store.js'

/** How sealed sessions are refreshed, for every provider. */
export interface RefreshTiming {
  /**
   * How long before its expiry a token is refreshed, in seconds. Default 30, at most 300; never more than half its
   * lifetime.
   */
  readonly refreshBeforeSeconds?: number
  /** Time limit for the provider, in milliseconds. Default 3000, at most 5000. */
  readonly timeoutMs?: number
  /** How long requests with the old cookie still get the new one, in milliseconds. Default 30000, at most 120000. */
  readonly keepMs?: number
  /**
   * Shared by the app's instances, so that only one of them refreshes a session. Default: each refreshes on its own.
   */
  readonly store?: RefreshStore
}

/** For the schema of a refresh, besides the provider's own options. */
export function refreshTiming(): {
  readonly refreshBeforeSeconds: z.ZodMiniDefault<z.ZodMiniType<number>>
  readonly timeoutMs: z.ZodMiniDefault<z.ZodMiniType<number>>
  readonly keepMs: z.ZodMiniDefault<z.ZodMiniType<number>>
  readonly store: z.ZodMiniExactOptional<z.ZodMiniType<RefreshStore>>
} {
  return {
    refreshBeforeSeconds: z._default(between(0, 300), 30),
    timeoutMs: z._default(between(1, 5_000), 3_000),
    keepMs: z._default(between(1_000, 120_000), 30_000),
    store: z.exactOptional(
      withMethods<RefreshStore>(['add', 'get', 'set', 'delete'], 'an object with add, get, set and delete'),
    ),
  }
}

const STORE_TIMEOUT_MS = 1_000

export interface ParsedTiming {
  readonly refreshBeforeSeconds: number
  readonly timeoutMs: number
  readonly keepMs: number
  readonly store?: RefreshStore | undefined
}

/**
 * @param askMs Time limit for asking the provider, over all its calls together.
 * @param close Ends requests to the provider that are under way.
 */
export function openRefresh<Session extends RefreshableSession>(
  { refreshBeforeSeconds, keepMs, store }: Omit<ParsedTiming, 'timeoutMs'>,
  askMs: number,
  { verifier, context }: { readonly verifier: string; readonly context: VerifierContext },
  parts: Pick<RenewalParts<Session>, 'ask' | 'revoke' | 'seal' | 'keyPrefix'>,
  close: () => void,
): OpenRefresh<Session> {
  const renewals = createRenewals<Session>({
    ...parts,
    store: store === undefined ? null : timedStore(store, STORE_TIMEOUT_MS),
    rules: { now: context.now, leaseMs: askMs + 2 * STORE_TIMEOUT_MS, keepMs },
    verifier,
    emit: context.emit,
  })
  return { refreshBeforeSeconds, ...renewals, ready: () => sourceReady(store, null), close }
}
