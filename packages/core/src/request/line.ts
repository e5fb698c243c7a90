import type { RoleMap } from '../access/grants.js'
import type { Memory } from '../cache/memory.js'
import type { Revocations } from '../cache/revocations.js'
import type { Emit } from '../events/events.js'
import type { CarrierPlan } from '../extract/credential.js'
import type { OriginRules } from '../extract/origin.js'
import type { FindAccount } from '../identity/link.js'
import type { Link, Principal } from '../identity/principal.js'
import type { Steering } from '../migration/steering.js'
import type { Canonical } from '../cache/revocations.js'
import type { Respond } from '../respond/answer.js'
import type { ReadJwt } from '../route/jwt.js'
import type { Router } from '../route/router.js'
import type { OpenVerifier, VerifiedIdentity, Verifier } from '../route/verifier.js'
import type { Throttle } from '../throttle/throttle.js'
import type { Exchanger } from './exchange/exchanger.js'
import type { NameOrganization } from './organization.js'
import type { Reporter } from './report.js'
import type { Shadow } from './shadow/shadow.js'

/**
 * The parts of one instance. The six steps of a request are top-level functions that take it as their first parameter:
 * `identify` (extract, then `resolve`: remember or route and verify, link, `admit`), `authorize`, `guard` (respond).
 */
export interface Line {
  /** From the oldest system to the newest; `open` has the same order. */
  readonly verifiers: readonly Verifier[]
  readonly open: readonly OpenVerifier[]
  readonly plan: CarrierPlan
  readonly router: Router
  readonly readJwt: ReadJwt
  /** Null: every credential is verified each time. */
  readonly memory: Memory | null
  /** Null: callers with failures are not limited. */
  readonly throttle: Throttle | null
  readonly link: Link
  /** Null: the app does not look up accounts by id. */
  readonly account: FindAccount | null
  /** The maximum age of an answer of `link`, in milliseconds. */
  readonly linkMaxAgeMs: number
  /** Null: only `link` says for which organization the caller acts. */
  readonly organization: NameOrganization | null
  /** Null: every verifier counts at all times. */
  readonly steering: Steering | null
  /** Null: no migration exchanges sessions. */
  readonly exchanger: Exchanger | null
  /** Null: no migration compares its sides. */
  readonly shadow: Shadow | null
  /** Gives one text for all spellings of a credential. */
  readonly canonical: Canonical
  /** Whether a verifier verifies for the organization that a request names. */
  readonly asksForOrganization: boolean
  readonly revocations: Revocations
  /**
   * Every principal that this instance made, with what its credential states; another instance's principals satisfy no
   * guard. Null if `link` is by subject, so that nobody can act for another organization.
   */
  readonly principals: WeakMap<Principal, VerifiedIdentity | null>
  /**
   * When the sign-in began that a principal's credential proves, in seconds since the epoch; no entry if it proves
   * none.
   */
  readonly signIns: WeakMap<Principal, number>
  readonly roles: RoleMap
  readonly origins: OriginRules
  readonly report: Reporter
  readonly respond: Respond
  /** Headers of answers to authenticated requests. */
  readonly headers: { readonly cacheControl: string; readonly vary: string }
  readonly emit: Emit
  readonly now: () => number
}
