import type { DualAuth, InspectedVerifier, Inspection, Query, SecretFingerprint } from '@dualauth/core'
import type { Finding } from './finding.js'
import type { Probe } from './probe.js'
import type { Send } from './redis.js'
import type { Sample } from './samples/read-samples.js'

/** What the doctor uses of an instance. */
export type Patient = Pick<
  DualAuth,
  'inspect' | 'fingerprints' | 'explain' | 'diagnose' | 'health' | 'migrations' | 'shapes' | 'close'
>

/** An instance that was made. */
export interface Examined {
  readonly auth: Patient
  readonly inspection: Inspection
}

/** Everything that a check may look at. What was not given is null, and its checks find nothing. */
export interface Context {
  /** Null where its module threw. */
  readonly examined: Examined | null
  /** What its module threw. */
  readonly thrown: unknown
  readonly samples: readonly Sample[]
  /** Origins of the application's pages, as browsers send them. */
  readonly origins: readonly string[]
  /** Fingerprints that another process wrote down. */
  readonly reference: readonly SecretFingerprint[] | null
  readonly database: Query | null
  /** Of `REDIS_URL`. */
  readonly redis: Send | null
  /** How many requests the provider may be asked at once. */
  readonly providerRequests: number
  /** Asks an address once, whoever wants to know. */
  readonly probe: Probe
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** One question. A new one is a file with such a function, and a line in `checks.ts`. */
export type Check = (context: Context) => readonly Finding[] | Promise<readonly Finding[]>

/** A check of each verifier. */
export function eachVerifier(
  check: (verifier: InspectedVerifier, context: Context) => readonly Finding[] | Promise<readonly Finding[]>,
): Check {
  return async (context) => {
    const verifiers = context.examined?.inspection.verifiers ?? []
    return (await Promise.all(verifiers.map((verifier) => check(verifier, context)))).flat()
  }
}
