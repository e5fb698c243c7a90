import { versionOf } from './adopt-policy.js'
import type { LoadedPolicy } from './policy-source.js'

/** Recognises a policy that was rejected when its source brings it again. */
export type IsRejected = (loaded: LoadedPolicy) => boolean

/**
 * What was rejected is not judged at every look: it may be huge. The same version with another text is another document,
 * because somebody may have mended it.
 */
export function rejectedPolicy(rejected: LoadedPolicy): IsRejected {
  const version = versionOf(rejected.document)
  // Kept as text: the application may change its own object.
  const text = textOf(rejected.document)
  return (loaded) => loaded === rejected || (versionOf(loaded.document) === version && textOf(loaded.document) === text)
}

/** Null: JSON has no words for it, so it is no policy. */
function textOf(document: unknown): string | null {
  try {
    return JSON.stringify(document) ?? null
  } catch {
    return null
  }
}
