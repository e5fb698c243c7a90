import { compilePolicy, type CompiledPolicy } from './compiled-policy.js'
import { readPolicy } from './policy-document.js'
import type { LoadedPolicy } from './policy-source.js'

/** What became of what a source brought. */
export type Adopted =
  | { readonly kind: 'adopted'; readonly policy: CompiledPolicy }
  | { readonly kind: 'known' }
  /** The policy before it stays. `cause` names each mistake of an invalid document. */
  | {
      readonly kind: 'rejected'
      readonly reason: 'invalid' | 'older'
      readonly version: number | null
      readonly cause: unknown
    }

/**
 * Versions only go up, and what is invalid never replaces what is good.
 * @param policy Of the same source; null before its first.
 * @param now Milliseconds since the epoch.
 */
export function adoptPolicy(policy: CompiledPolicy | null, loaded: LoadedPolicy, now: number): Adopted {
  const version = versionOf(loaded.document)
  const known = policy?.document.version ?? null
  if (version !== null && known !== null) {
    if (version === known) return { kind: 'known' }
    if (version < known) return { kind: 'rejected', reason: 'older', version, cause: null }
  }
  try {
    const document = readPolicy(loaded.document)
    // An instance that starts later has not seen when the new side began to count: no later than this version was written.
    const at = policy === null ? Math.min(momentOf(loaded) ?? now, now) : now
    return { kind: 'adopted', policy: compilePolicy(document, { previous: policy, at }) }
  } catch (cause) {
    return { kind: 'rejected', reason: 'invalid', version, cause }
  }
}

/** Null: the document has none, whatever else it is. */
export function versionOf(document: unknown): number | null {
  try {
    const version = (document as { readonly version?: unknown } | null | undefined)?.version
    return typeof version === 'number' ? version : null
  } catch {
    // Of objects that the application made, a member may throw.
    return null
  }
}

function momentOf({ writtenAt }: LoadedPolicy): number | null {
  return typeof writtenAt === 'number' && Number.isFinite(writtenAt) ? writtenAt : null
}
