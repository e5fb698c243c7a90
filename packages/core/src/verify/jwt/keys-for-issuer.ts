import type { KeySource } from '../../keys/key-set/key-source.js'
import { kindOfIssuer, namedPart } from '../../route/issuers.js'

/**
 * The keys that count for one issuer: in a set shared by several issuers, a key may be published for only one of them.
 */
export function keysForIssuer(keys: KeySource, issuer: string): KeySource {
  const signsFor = (stated: string): boolean =>
    stated === issuer || (kindOfIssuer(stated) === 'pattern' && namedPart(stated, issuer) !== null)
  return { ...keys, find: (algorithm, kid) => keys.find(algorithm, kid, signsFor) }
}
