import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { Principal } from '../../identity/principal.js'
import { optionError } from '../../settings/options.js'
import { functionOption, object, wholeBetween, withMethods } from '../../settings/schemas.js'
import type { Verifier } from '../../route/verifier.js'
import { sessionProblem } from '../../verify/sealed-session/begun-sessions.js'
import type { ExchangeStore } from './exchange-store.js'
import type { SessionMinter } from './session-minter.js'

/** Configures how a credential of one side is exchanged for a session of the other side. */
export interface ExchangeOptions {
  /** Creates sessions of the new side, such as `betterAuthMinter({ … })`. */
  readonly minter: SessionMinter
  /** Creates sessions of the old side, for a gradual rollback. Default: no exchange back. */
  readonly back?: SessionMinter
  /** Counts exchanges for all instances: `postgresExchanges(query)`; `memoryExchanges()` for one process. */
  readonly exchanges: ExchangeStore
  /**
   * True: in `prefer-new`, the answer to a browser with a cookie of the old side sets the session of the new side.
   * Requests do not wait for it and do not fail because of it. For long-running processes. Default false.
   */
  readonly automatic?: boolean
  /** How many times one credential may be exchanged, to allow for tabs, instances and lost answers. Default 3. */
  readonly most?: number
  /** Maximum life of the new session, in seconds. Default 604800 (seven days). */
  readonly maxAgeSeconds?: number
  /**
   * True: the new session may last longer than the old credential, up to `maxAgeSeconds`. Needed if the old credential
   * is an access token of a few minutes. A stolen credential can then be kept alive. Default false.
   */
  readonly renew?: boolean
  /**
   * Whether this person must sign in on the other side, for example because an organization requires a second factor
   * that the old credential does not prove. A throw means "cannot tell". Default: never.
   */
  readonly stepUp?: (principal: Principal) => MaybePromise<boolean>
  /**
   * The application's own rate limit: the seconds that the caller must wait; null or 0: none. Called after the
   * credential is verified. A throw means "cannot tell". Default: only `most` limits.
   */
  readonly rateLimit?: (principal: Principal) => MaybePromise<number | null>
  /**
   * Ends the stored credential of the old side, such as its row in a session table. Not called for an exchange `back`.
   * Called once `overlapSeconds` have passed since the exchange and the new session has come back to the instance that
   * created it; `close` does not wait for the overlap. Never called if the answer was lost. Default: the credential
   * lives until its own expiry.
   */
  readonly endOld?: (old: { readonly principal: Principal; readonly credential: string }) => MaybePromise<void>
  /**
   * How long the old credential stays valid after an exchange, in seconds, for other tabs and lost answers. Default
   * 300.
   */
  readonly overlapSeconds?: number
  /**
   * In milliseconds: the time limit of the minter and of each other call, such as `rateLimit` and the exchange store. A
   * timeout is an outage: 503. Default 5000.
   */
  readonly timeoutMs?: number
}

const WEEK_SECONDS = 604_800
const minter = withMethods<SessionMinter>(['mint'], 'a minter such as betterAuthMinter({ … })')

export const exchangeOptions: z.ZodMiniType<ExchangeOptions> = object({
  minter,
  back: z.exactOptional(minter),
  exchanges: withMethods<ExchangeStore>(
    ['take', 'giveBack'],
    'a store such as postgresExchanges(query), or memoryExchanges()',
  ),
  automatic: z._default(z.boolean(), false),
  most: z._default(wholeBetween(1, 10), 3),
  maxAgeSeconds: z._default(wholeBetween(60, 34_560_000), WEEK_SECONDS),
  renew: z._default(z.boolean(), false),
  stepUp: z.exactOptional(functionOption<NonNullable<ExchangeOptions['stepUp']>>()),
  rateLimit: z.exactOptional(functionOption<NonNullable<ExchangeOptions['rateLimit']>>()),
  endOld: z.exactOptional(functionOption<NonNullable<ExchangeOptions['endOld']>>()),
  overlapSeconds: z._default(wholeBetween(0, 86_400), 300),
  timeoutMs: z._default(wholeBetween(100, 30_000), 5_000),
})

/** Options with defaults filled in. */
export interface ParsedExchange extends Required<Omit<ExchangeOptions, Absent>> {
  readonly back: SessionMinter | null
  readonly stepUp: NonNullable<ExchangeOptions['stepUp']> | null
  readonly rateLimit: NonNullable<ExchangeOptions['rateLimit']> | null
  readonly endOld: NonNullable<ExchangeOptions['endOld']> | null
}

/** The parsed options, with null for those left out. */
export function parsedExchange(options: ExchangeOptions | undefined): ParsedExchange | null {
  if (options === undefined) return null
  const { back = null, stepUp = null, rateLimit = null, endOld = null } = options
  return { ...(options as ParsedExchange), back, stepUp, rateLimit, endOld }
}

type Absent = 'back' | 'stepUp' | 'rateLimit' | 'endOld'

/**
 * @throws {AuthError} `configuration_invalid`: a minter whose sessions its side cannot read, as far as can be checked.
 */
export function assertMinters(
  { minter: forward, back }: ParsedExchange,
  { from, to }: { readonly from: readonly string[]; readonly to: readonly string[] },
  verifiers: readonly Verifier[],
  path: string,
): void {
  for (const [option, one, side] of [
    ['minter', forward, to],
    ['back', back, from],
  ] as const) {
    if (one === null) continue
    if (!side.includes(one.verifier))
      throw optionError(`${path}.${option}`, `must mint for a verifier of its side: ${side.join(', ')}`)
    const reader = verifiers.find(({ name }) => name === one.verifier) as Verifier
    const wrong = one.begins === undefined ? null : sessionProblem(reader, one.begins)
    if (wrong !== null)
      throw optionError(`${path}.${option}`, `has a wrong \`${wrong.option}\`, which ${wrong.problem}`)
  }
}
