import type { PublicJwk } from '../../crypto/port.js'
import { usableKeys } from '../../keys/key-set/fetch-key-set.js'
import type { KeySetOwner } from '../../keys/key-set/key-set.js'
import { localKeys, secretKeys, type KeySource } from '../../keys/key-set/key-source.js'
import { createSecretList, hashBytes, type SecretList } from '../../keys/secrets/secret-list.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import type { OpenVerifier } from '../../route/verifier.js'
import { optionError } from '../../settings/options.js'
import type { LegacyJudge } from './judge-legacy.js'
import { publicAlgorithms, type ParsedLegacyJwt } from './legacy-jwt-options.js'

/**
 * The app's secrets; null if it has none.
 * @throws {AuthError} `configuration_invalid`: a secret is weak.
 */
export function readSecrets(parsed: ParsedLegacyJwt): SecretList | null {
  if (parsed.secrets === undefined) return null
  const minimumBytes = Math.max(...parsed.algorithms.map(hashBytes))
  return createSecretList(
    parsed.secrets,
    { minimumBytes, acceptWeakSecret: parsed.acceptWeakSecret },
    `${parsed.owner}.secrets`,
    Date.now(),
  )
}

/**
 * The same keys for every token: secrets, public keys, or one key set. The app's own keys are read at once, so that a
 * wrong one fails at construction; a key set is opened for each instance.
 *
 * @throws {AuthError} `configuration_invalid`, naming the option.
 */
export function ownKeysOpener(
  parsed: ParsedLegacyJwt,
  { judge, rules }: LegacyJudge,
  secrets: SecretList | null,
): (owner: KeySetOwner) => OpenVerifier {
  const openKeys = keysOf(parsed, secrets)
  return (owner) => {
    const keys = openKeys(owner)
    return {
      verify: (credential) => judge(credential.jwt() as UnverifiedJwt, keys, rules, owner.now()),
      ready: () => keys.ready(),
      close: () => keys.close(),
    }
  }
}

function keysOf(parsed: ParsedLegacyJwt, secrets: SecretList | null): (owner: KeySetOwner) => KeySource {
  const { keys, keySet } = parsed
  if (keySet !== undefined && 'open' in keySet) return (owner) => keySet.open(owner)
  if (secrets !== null) return () => secretKeys(secrets)
  const path = `${parsed.owner}.${keys === undefined ? 'keySet.keys' : 'keys'}`
  const local = localKeys(keys ?? entriesOf(keySet, parsed.owner), publicAlgorithms(parsed), path)
  return () => local
}

function entriesOf(keySet: { readonly keys: readonly PublicJwk[] } | undefined, owner: string): readonly PublicJwk[] {
  const entries = keySet?.keys ?? []
  const { keys, skipped } = usableKeys(entries)
  if (keys.length === 0 || skipped > 0)
    throw optionError(`${owner}.keySet`, 'holds a key that must not verify, or none at all')
  return entries
}
