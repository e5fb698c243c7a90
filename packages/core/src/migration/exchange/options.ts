import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { Principal } from '../../identity/principal.js'
import { optionError } from '../../settings/options.js'
import { functionOption, object, wholeBetween, withMethods } from '../../settings/schemas.js'
import type { Verifier } from '../../route/verifier.js'
import { sessionProblem } from '../../verify/sealed-session/begun-sessions.js'
import type { ExchangeStore } from './exchange-store.js'
import type { SessionMinter } from './session-minter.js'

/** How a credential of one side of a migration becomes a session of the other one. */
export interface ExchangeOptions {
  /** Mints sessions of the new side, such as `betterAuthMinter({ … })`. */
  readonly minter: SessionMinter
  /** Mints sessions of the old side, for a rollback that drains. Default: nobody goes back. */
  readonly back?: SessionMinter
  /** Counts exchanges for all instances: `postgresExchanges(query)`; `memoryExchanges()` for one process. */
  readonly exchanges: ExchangeStore
  /**
   * True: in `prefer-new`, the answer to a browser that came with a cookie of the old side brings the session of the new one.
   * No request waits for it, and none fails because of it. For processes that outlive a request. Default false.
   */
  readonly automatic?: boolean
  /** How many sessions one credential may become: for tabs, instances and lost answers. Default 3. */
  readonly most?: number
  /** The longest life of what is minted, in seconds. Default 604800, seven days. */
  readonly maxAgeSeconds?: number
  /**
   * True: what is minted may end later than the old credential, up to `maxAgeSeconds`, such as where that is an access token of
   * some minutes. Whoever stole one can keep it alive then. Default false.
   */
  readonly renew?: boolean
  /**
   * Whether this person has to sign in on the other side, such as for a second factor that an organization demands and the old
   * credential does not prove. A throw means "cannot tell". Default: nobody has to.
   */
  readonly stepUp?: (principal: Principal) => MaybePromise<boolean>
  /**
   * Seconds that the caller has to wait, for a limit of the application's own; null or 0: none. Asked after the credential was
   * verified. A throw means "cannot tell". Default: no limit but `most`.
   */
  readonly rateLimit?: (principal: Principal) => MaybePromise<number | null>
  /**
   * Ends the credential of the old side where it is kept, such as its row of a session table; of whoever goes `back`, none is ended.
   * Called once `overlapSeconds` have passed since
   * the exchange and the new session came back to the instance that handed it out; when that is closed, without the overlap. Never
   * where the answer was lost. Default: it lives until its own end.
   */
  readonly endOld?: (old: { readonly principal: Principal; readonly credential: string }) => MaybePromise<void>
  /** For how long the old credential stays valid after an exchange, for tabs and for answers that were lost. Default 300. */
  readonly overlapSeconds?: number
  /**
   * In milliseconds: for the minting, and for each function that is asked on the way, such as `rateLimit` and the store that counts.
   * What does not answer in time is away: 503. Default 5000.
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

/** With its defaults filled in. */
export interface ParsedExchange extends Required<Omit<ExchangeOptions, Absent>> {
  readonly back: SessionMinter | null
  readonly stepUp: NonNullable<ExchangeOptions['stepUp']> | null
  readonly rateLimit: NonNullable<ExchangeOptions['rateLimit']> | null
  readonly endOld: NonNullable<ExchangeOptions['endOld']> | null
}

/** What was parsed, with null for what was left out. */
export function parsedExchange(options: ExchangeOptions | undefined): ParsedExchange | null {
  if (options === undefined) return null
  const { back = null, stepUp = null, rateLimit = null, endOld = null } = options
  return { ...(options as ParsedExchange), back, stepUp, rateLimit, endOld }
}

type Absent = 'back' | 'stepUp' | 'rateLimit' | 'endOld'

/** @throws {AuthError} `configuration_invalid`: a minter whose sessions its side would not read, as far as that can be seen. */
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
