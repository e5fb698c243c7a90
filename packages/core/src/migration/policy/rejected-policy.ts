import { versionOf } from './adopt-policy.js'
import { textOf } from './policy-content.js'
import type { LoadedPolicy } from './policy-source.js'

/**
 * What was rejected is not judged at every look: it may be huge. The same version with another text is another document,
 * because somebody may have mended it.
 */
export interface RejectedPolicies {
  has(loaded: LoadedPolicy): boolean
  add(loaded: LoadedPolicy): void
}

/** The newest document of a source, and its `lastGood`. */
const KEPT = 2

export function createRejectedPolicies(): RejectedPolicies {
  let kept: readonly ((loaded: LoadedPolicy) => boolean)[] = []
  return {
    has: (loaded) => kept.some((is) => is(loaded)),
    add(rejected) {
      const version = versionOf(rejected.document)
      // Kept as text: the application may change its own object.
      const text = textOf(rejected.document)
      const is = (loaded: LoadedPolicy): boolean =>
        loaded === rejected || (versionOf(loaded.document) === version && textOf(loaded.document) === text)
      kept = [is, ...kept].slice(0, KEPT)
    },
  }
}
