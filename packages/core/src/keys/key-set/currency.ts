import type { KeyHandle, SignatureAlgorithm } from '../../crypto/port.js'
import { isPending } from '../../async/maybe-promise.js'
import type { KeySource } from './key-source.js'

interface Currency {
  readonly algorithm: SignatureAlgorithm
  readonly kid: string | null
  isCurrent(): boolean
}

/**
 * Adds `currencyOf` to a source. Its result is kept as long as a token is remembered, so it contains nothing of the
 * token, and all tokens of a key share it.
 */
export function withCurrency(source: Omit<KeySource, 'currencyOf'>): KeySource {
  const known = new WeakMap<KeyHandle, Currency>()
  return {
    ...source,
    currencyOf(algorithm, kid, key) {
      const before = known.get(key)
      if (before?.algorithm === algorithm && before.kid === kid) return before.isCurrent
      const isCurrent = (): boolean => {
        const candidates = source.find(algorithm, kid)
        if (!isPending(candidates)) return candidates.includes(key)
        // Keys that must be fetched first are not the ones that signed.
        Promise.resolve(candidates).catch(() => {})
        return false
      }
      known.set(key, { algorithm, kid, isCurrent })
      return isCurrent
    },
  }
}
