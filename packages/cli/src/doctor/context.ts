import type { DualAuth, InspectedVerifier, Inspection, Query, SecretFingerprint } from '@dualauth/core'
import type { Finding } from './finding.js'
import type { Probe } from './probe.js'
import type { Send } from './redis.js'
import type { Sample } from './samples/read-samples.js'

/** The parts of an instance that the doctor uses. */
export type Patient = Pick<
  DualAuth,
  'inspect' | 'fingerprints' | 'explain' | 'diagnose' | 'health' | 'migrations' | 'shapes' | 'close'
>

/** An instance that was constructed. */
export interface Examined {
  readonly auth: Patient
  readonly inspection: Inspection
}

/** Everything that a check may look at. An input that was not given is null, and its checks find nothing. */
export interface Context {
  /** Null if its module threw. */
  readonly examined: Examined | null
  /** The error that its module threw. */
  readonly thrown: unknown
  readonly samples: readonly Sample[]
  /** Origins of the application's pages, as browsers send them. */
  readonly origins: readonly string[]
  /** Secret fingerprints from another process. */
  readonly reference: readonly SecretFingerprint[] | null
  readonly database: Query | null
  /** The connection to `REDIS_URL`. */
  readonly redis: Send | null
  /** How many requests may be sent to the provider in one burst. */
  readonly providerRequests: number
  /** Asks each address only once; all checks share the answer. */
  readonly probe: Probe
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** One check. To add one, write a file with such a function and list it in `checks.ts`. */
export type Check = (context: Context) => readonly Finding[] | Promise<readonly Finding[]>

/** Makes a check that runs for each verifier. */
export function eachVerifier(
  check: (verifier: InspectedVerifier, context: Context) => readonly Finding[] | Promise<readonly Finding[]>,
): Check {
  return async (context) => {
    const verifiers = context.examined?.inspection.verifiers ?? []
    return (await Promise.all(verifiers.map((verifier) => check(verifier, context)))).flat()
  }
}
