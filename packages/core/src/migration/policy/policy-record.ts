import type { Emit } from '../../events/events.js'
import { adoptPolicy, type Adopted, type KnownPolicy } from './adopt-policy.js'
import type { CompiledPolicy } from './compiled-policy.js'
import type { PolicyDocument } from './policy-document.js'
import type { LoadedPolicy } from './policy-source.js'
import { createRejectedPolicies } from './rejected-policy.js'

/** Keeps a source's newest valid policy, and emits events about its documents. */
export interface PolicyRecord {
  /** Null if there never was one. */
  readonly policy: CompiledPolicy | null
  /** Why the source's newest document is invalid; null if it is valid. */
  readonly rejected: unknown
  take(loaded: LoadedPolicy | null): void
  /** Called if the source could not be asked. */
  failed(cause: unknown): void
}

export interface PolicyRecordParts {
  readonly migration: string
  readonly emit: Emit
  readonly now: () => number
  /** The policy in force while there is none. */
  readonly fallback?: PolicyDocument | null
  /** Called with each newly adopted policy. */
  readonly adopted?: (policy: CompiledPolicy) => void
}

export function createPolicyRecord(parts: PolicyRecordParts): PolicyRecord {
  const { migration, emit, now } = parts
  let known: KnownPolicy | null = null
  const rejected = createRejectedPolicies()
  let invalid: unknown = null
  /** Each problem emits one event, not one per check. */
  let mistake: string | null = null

  function once(what: string, tell: () => void): void {
    if (mistake !== what) tell()
    mistake = what
  }

  /** @param isNewest False for a `lastGood`, which emits events only if it matters. */
  function judge(loaded: LoadedPolicy, isNewest: boolean): boolean {
    if (rejected.has(loaded)) return false
    const adopted = adoptPolicy(known, loaded, now())
    if (isNewest) invalid = adopted.kind === 'rejected' && adopted.reason === 'invalid' ? adopted.cause : null
    if (adopted.kind === 'rejected') {
      if (adopted.reason !== 'older') rejected.add(loaded)
      if (isNewest || adopted.reason === 'same_version') reject(adopted)
      return false
    }
    known = adopted.known
    if (adopted.kind === 'adopted') {
      count(known.policy)
      if (loaded.assumed !== undefined) assume(known.policy, loaded.assumed)
    }
    return true
  }

  function count(policy: CompiledPolicy): void {
    mistake = null
    parts.adopted?.(policy)
    const { version, stage } = policy.document
    emit({ type: 'policy_adopted', migration, version, stage })
  }

  function assume({ document: { version, stage } }: CompiledPolicy, why: string): void {
    emit({ type: 'policy_assumed', migration, version, stage, cause: new Error(`migration "${migration}": ${why}`) })
  }

  function reject({ reason, version, cause }: Rejected): void {
    const tell = (): void => emit({ type: 'policy_rejected', migration, reason, version, cause })
    // Each different content deserves an event.
    if (reason === 'same_version') tell()
    else once(`${reason} ${version}`, tell)
  }

  return {
    get policy() {
      return known?.policy ?? null
    },
    get rejected() {
      return invalid
    },
    take(loaded) {
      if (mistake === 'unavailable') mistake = null
      if (loaded === null) {
        invalid = null
        const version = known?.policy.document.version ?? null
        return once('missing', () =>
          emit({
            type: 'policy_missing',
            migration,
            version,
            cause: missing(migration, version, parts.fallback ?? null),
          }),
        )
      }
      if (mistake === 'missing') mistake = null
      if (judge(loaded, true)) return
      const { lastGood = null } = loaded
      if (lastGood !== null) judge(lastGood, false)
    },
    failed: (cause) => once('unavailable', () => emit({ type: 'policy_unavailable', migration, cause })),
  }
}

type Rejected = Extract<Adopted, { kind: 'rejected' }>

function missing(migration: string, version: number | null, fallback: PolicyDocument | null): Error {
  const meanwhile =
    fallback === null
      ? 'no policy is in force until then, and credentials of both sides are answered with 503'
      : `the fallback is in force until then, version ${fallback.version} at ${fallback.stage}`
  return new Error(
    version === null
      ? `the source of migration "${migration}" has no policy yet: write the first one, such as { version: 1, stage: "off" } (in PostgreSQL: dualauth stage set off); ${meanwhile}`
      : `the source of migration "${migration}" has no policy any more; version ${version} stays in force in this process`,
  )
}
