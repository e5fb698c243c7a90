import { versionOf } from './adopt-policy.js'
import { textOf } from './policy-content.js'
import type { LoadedPolicy } from './policy-source.js'

/**
 * Remembers rejected documents, so that they are not checked again each time: they may be huge. The same version with
 * another text is another document, because somebody may have corrected it.
 */
export interface RejectedPolicies {
  has(loaded: LoadedPolicy): boolean
  add(loaded: LoadedPolicy): void
}

/** A source's newest document and its `lastGood`. */
const KEPT = 2

export function createRejectedPolicies(): RejectedPolicies {
  let kept: readonly ((loaded: LoadedPolicy) => boolean)[] = []
  return {
    has: (loaded) => kept.some((is) => is(loaded)),
    add(rejected) {
      const version = versionOf(rejected.document)
      // Kept as text, because the application may change its own object.
      const text = textOf(rejected.document)
      const is = (loaded: LoadedPolicy): boolean =>
        loaded === rejected || (versionOf(loaded.document) === version && textOf(loaded.document) === text)
      kept = [is, ...kept].slice(0, KEPT)
    },
  }
}
