import type { DualAuth, WorkosSync } from '@dualauth/core'
import { functionOption, nonEmpty, optionError, verifierName, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { HandleWorkosEvent } from './take-event.js'

/** The handling of events, for the webhook and for catching up. Use the same for both. */
export interface WorkosEventOptions {
  /** The instance whose sessions `session.revoked` ends. */
  readonly auth: Pick<DualAuth, 'revoke' | 'respond' | 'verifiers'> & Partial<Pick<DualAuth, 'report'>>
  /** Stores the data of events, such as `workosSync(query)` of `@dualauth/postgres`. */
  readonly sync: WorkosSync
  /** Names of the verifiers for sessions of this environment. Default `['workos']`. */
  readonly verifiers?: readonly string[]
  /**
   * The application's own handler, for example to update a profile in its own tables. Called and awaited for each event
   * after it was stored. If it throws, the event is not settled and is delivered again, so it may see an event more
   * than once. Keep it fast: WorkOS waits.
   */
  readonly handle?: HandleWorkosEvent
  /**
   * How long one call of `handle` and the write after it may take, in milliseconds, from 100 to 60,000. After that, the
   * answer is 503 and the event is delivered again; if `handle` succeeds later, the event is settled then. Default
   * 10,000.
   */
  readonly handleTimeoutMs?: number
}

/** The schemas of `WorkosEventOptions`. */
export const eventOptions: {
  readonly auth: z.ZodMiniType<WorkosEventOptions['auth']>
  readonly sync: z.ZodMiniType<WorkosSync>
  readonly verifiers: z.ZodMiniDefault<z.ZodMiniType<string[]>>
  readonly handle: z.ZodMiniExactOptional<z.ZodMiniType<HandleWorkosEvent>>
  readonly handleTimeoutMs: z.ZodMiniDefault<z.ZodMiniType<number>>
} = {
  auth: withMethods(['revoke', 'respond'], 'what createDualAuth() returned'),
  sync: withMethods(['apply', 'settle', 'begin', 'advance', 'end'], 'what keeps events, such as workosSync(query)'),
  verifiers: z._default(nonEmpty(verifierName), ['workos']),
  handle: z.exactOptional(functionOption<HandleWorkosEvent>()),
  handleTimeoutMs: z._default(wholeBetween(100, 60_000), 10_000),
}

/** The clock of both. */
export const now: z.ZodMiniDefault<z.ZodMiniType<() => number>> = z._default(
  functionOption<() => number>(),
  () => Date.now,
)

/**
 * At construction, not at the first session that ends.
 * @throws {AuthError} `configuration_invalid`: a verifier that the instance does not have.
 */
export function assertVerifiers(
  { auth, verifiers }: { readonly auth: Pick<DualAuth, 'verifiers'>; readonly verifiers: readonly string[] },
  owner: string,
): void {
  const unknown = verifiers.findIndex((name) => !auth.verifiers.includes(name))
  if (unknown !== -1) throw optionError(`${owner}.verifiers[${unknown}]`, `must be one of ${auth.verifiers.join(', ')}`)
}
