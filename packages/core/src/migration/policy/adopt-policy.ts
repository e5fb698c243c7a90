import { compilePolicy, type CompiledPolicy } from './compiled-policy.js'
import { isSameContent, textOf } from './policy-content.js'
import { readPolicy } from './policy-document.js'
import type { LoadedPolicy } from './policy-source.js'

/** A policy in force and its source's document, to detect a version that is published again with other content. */
export interface KnownPolicy {
  readonly policy: CompiledPolicy
  readonly loaded: Pick<LoadedPolicy, 'document'>
  readonly text: string | null
}

/** The result for a document from a source. */
export type Adopted =
  | { readonly kind: 'adopted' | 'known'; readonly known: KnownPolicy }
  /** The previous policy stays in force. `cause` says what is wrong and names each mistake in an invalid document. */
  | {
      readonly kind: 'rejected'
      readonly reason: 'invalid' | 'older' | 'same_version'
      readonly version: number | null
      readonly cause: unknown
    }

/**
 * Versions only increase, and an invalid policy never replaces a valid one. A version published again with other
 * content is not adopted either: nobody could tell which instances have which content.
 * @param known From the same source; null before its first policy.
 * @param now Milliseconds since the epoch.
 */
export function adoptPolicy(known: KnownPolicy | null, loaded: LoadedPolicy, now: number): Adopted {
  // A source that has nothing new returns the same object.
  if (known !== null && known.loaded === loaded) return { kind: 'known', known }
  const version = versionOf(loaded.document)
  if (version !== null && known !== null) {
    const { policy } = known
    if (version === policy.document.version) return again(known, loaded, version)
    if (version < policy.document.version) return { kind: 'rejected', reason: 'older', version, cause: null }
  }
  try {
    const document = readPolicy(loaded.document)
    const previous = known?.policy ?? null
    // An instance that starts later does not know when the new side was first accepted, but it was no later than when
    // this version was written.
    const at = previous === null ? Math.min(momentOf(loaded) ?? now, now) : now
    const policy = compilePolicy(document, { previous, at })
    return { kind: 'adopted', known: { policy, loaded, text: textOf(loaded.document) } }
  } catch (cause) {
    return { kind: 'rejected', reason: 'invalid', version, cause }
  }
}

function again({ policy, text }: KnownPolicy, loaded: LoadedPolicy, version: number): Adopted {
  const now = textOf(loaded.document)
  if (isSameContent(text, now)) return { kind: 'known', known: { policy, loaded, text: now } }
  const cause = new Error(
    `version ${version} is in force here with other content; publish this one under a higher version`,
  )
  return { kind: 'rejected', reason: 'same_version', version, cause }
}

/** Null if the document has no version, or is not a document at all. */
export function versionOf(document: unknown): number | null {
  try {
    const version = (document as { readonly version?: unknown } | null | undefined)?.version
    return typeof version === 'number' ? version : null
  } catch {
    // A member of an application's object may throw.
    return null
  }
}

function momentOf({ writtenAt }: LoadedPolicy): number | null {
  return typeof writtenAt === 'number' && Number.isFinite(writtenAt) ? writtenAt : null
}
