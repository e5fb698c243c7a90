import type { KeySource } from '../../keys/key-set/key-source.js'
import { kindOfIssuer, namedPart } from '../../route/issuers.js'

/** Keys as they count for one issuer: of a set that several share, a key may be published for one of them only. */
export function keysForIssuer(keys: KeySource, issuer: string): KeySource {
  const signsFor = (stated: string): boolean =>
    stated === issuer || (kindOfIssuer(stated) === 'pattern' && namedPart(stated, issuer) !== null)
  return { ...keys, find: (algorithm, kid) => keys.find(algorithm, kid, signsFor) }
}
