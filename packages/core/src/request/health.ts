import { within } from '../async/within.js'
import { eventErrorOf } from '../events/event-error.js'
import type { ExportedKeys } from '../keys/key-set/key-ring.js'
import { knownPolicies, type KnownPolicy } from '../migration/known-policies.js'
import type { Line } from './line.js'
import type { Preparation } from './ready.js'

/** Whether something that this instance depends on is available now. */
export interface HealthCheck {
  /** A verifier; `link`, `revocations`; `migration(<name>).policy` or `.evidence`. */
  readonly name: string
  readonly ready: boolean
  /** What was asked and what the answer was, in at most 300 characters and without secrets; null if it is ready. */
  readonly problem: string | null
  /** How long the check took, in milliseconds. */
  readonly durationMs: number
}

/** The health of an instance. For operators: it names configuration but no person. */
export interface Health {
  /**
   * - `ready`: everything is available
   * - `degraded`: a part is not available; the others still work, and so do remembered credentials
   * - `unavailable`: `link` or every verifier is not available, or a migration has no policy at all, so hardly anybody
   *   new is accepted
   */
  readonly status: 'ready' | 'degraded' | 'unavailable'
  readonly checks: readonly HealthCheck[]
  /** Key sets that were fetched or came from another instance. */
  readonly keySets: readonly {
    readonly verifier: string
    readonly url: string
    readonly keys: number
    /** Seconds since it was fetched. */
    readonly ageSeconds: number
  }[]
  readonly policies: readonly KnownPolicy[]
}

/**
 * Checks everything that `ready` checks, and never rejects. A check without an answer within two seconds counts as not
 * ready.
 */
export async function health(line: Line, keys: ExportedKeys, preparations: readonly Preparation[]): Promise<Health> {
  const checks = await Promise.all(preparations.map(checkOf))
  const policies = knownPolicies(line.steering?.migrations ?? [])
  const isBlind = policies.some(({ version }) => version === null)
  const names = line.verifiers.map(({ name }) => name)
  return {
    status: isBlind ? 'unavailable' : statusOf(checks, names),
    checks,
    keySets: keys.keySets.map(({ verifier, url, fetchedAt, keys: { length } }) => ({
      verifier,
      url,
      keys: length,
      ageSeconds: Math.max(0, Math.round((line.now() - fetchedAt) / 1_000)),
    })),
    policies,
  }
}

/** A hanging part must not make a health probe hang: the others may work without it. */
const ANSWER_MS = 2_000
/** Gives a verifier time to name the source that hangs. */
const SPARE_MS = 50

async function checkOf({ name, ready }: Preparation): Promise<HealthCheck> {
  const startedAt = performance.now()
  const answered = ready(ANSWER_MS - SPARE_MS).then(
    () => ({ cause: null }),
    (rejected: unknown) => ({ cause: rejected ?? 'rejected' }),
  )
  const { cause } = (await within(answered, ANSWER_MS)) ?? { cause: new Error(`no answer within ${ANSWER_MS} ms`) }
  const durationMs = Math.round((performance.now() - startedAt) * 1_000) / 1_000
  if (cause === null) return { name, ready: true, problem: null, durationMs }
  return { name, ready: false, problem: eventErrorOf(cause)?.message || 'could not be asked', durationMs }
}

function statusOf(checks: readonly HealthCheck[], verifiers: readonly string[]): Health['status'] {
  const failed = checks.filter(({ ready }) => !ready).map(({ name }) => name)
  if (failed.length === 0) return 'ready'
  const isCutOff = failed.includes('link') || verifiers.every((name) => failed.includes(name))
  return isCutOff ? 'unavailable' : 'degraded'
}
