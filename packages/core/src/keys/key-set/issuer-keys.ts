import * as z from 'zod/mini'
import type { PublicKeyAlgorithm, SignatureAlgorithm } from '../../crypto/port.js'
import { assertEndpointUrl } from '../../outbound/endpoint-url.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { isObject, isText, nonEmpty, object, secretList, text } from '../../settings/schemas.js'
import type { PublicKeyInput } from '../import/import-key.js'
import { createSecretList, hashBytes, type AcceptWeakSecret } from '../secrets/secret-list.js'
import { createIssuerDirectory, type FindIssuer, type IssuerDirectory, type IssuerKeys } from './issuer-directory.js'
import { insecureHostOf, type KeySetSettings } from './key-set-options.js'
import { remoteKeySet, type KeySetOwner } from './key-set.js'
import { localKeys, secretKeys, type KeySource } from './key-source.js'

export interface IssuerKeyRules {
  /** For messages, such as `legacyJwt(tenants).issuers`. */
  readonly path: string
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly acceptWeakSecret: AcceptWeakSecret | undefined | false
  readonly keySetOptions: KeySetSettings | undefined
}

const isKey = (value: unknown): boolean => isText(value) || isObject(value)
const answers = z.union(
  [
    object({ secrets: secretList }),
    object({ keys: nonEmpty(z.custom<PublicKeyInput>(isKey, 'PEM, a JSON Web Key or a CryptoKey')) }),
    object({ keySetUrl: text }),
  ],
  '{ secrets }, { keys } or { keySetUrl }',
)

/** Creates a directory that opens keys by these rules. */
export function openIssuerDirectory(
  find: FindIssuer,
  maxAgeMs: number,
  rules: IssuerKeyRules,
  owner: KeySetOwner,
): IssuerDirectory {
  return createIssuerDirectory({
    find,
    maxAgeMs,
    now: owner.now,
    open: (answer, issuer) => openIssuerKeys(answer, issuer, rules, owner),
  })
}

const MAX_SHOWN = 120

/**
 * An issuer from the app's table, made safe for messages and events: bounded, without characters that are special in
 * logs.
 */
function inWords(issuer: string): string {
  return issuer.slice(0, MAX_SHOWN).replace(/[^\x21-\x7e]/g, '?')
}

/**
 * The keys of one issuer from the app's table. They pass the same checks as keys in an option.
 *
 * @throws {AuthError} `configuration_invalid`: the answer contains no keys for the algorithms.
 */
function openIssuerKeys(answer: IssuerKeys, issuer: string, rules: IssuerKeyRules, owner: KeySetOwner): KeySource {
  const path = `${rules.path}(${inWords(issuer)})`
  const { algorithms, acceptWeakSecret, keySetOptions } = rules
  const given = parseOptions(answers, answer, path)
  const isHmac = algorithms.some((algorithm) => algorithm.startsWith('HS'))
  if (isHmac !== 'secrets' in given)
    throw optionError(path, `do not fit the algorithm ${algorithms[0]}; it needs ${isHmac ? 'secrets' : 'public keys'}`)
  if ('secrets' in given) {
    const minimumBytes = Math.max(...algorithms.map(hashBytes))
    const list = createSecretList(
      given.secrets,
      { minimumBytes, acceptWeakSecret, seeAlso: '; replace it in the table' },
      `${path}.secrets`,
      owner.now(),
    )
    list.warn(owner.emit, owner.verifier, inWords(issuer))
    return secretKeys(list)
  }
  if ('keys' in given) return localKeys(given.keys, algorithms as readonly PublicKeyAlgorithm[], `${path}.keys`)
  const url = assertEndpointUrl(given.keySetUrl, `${path}.keySetUrl`, insecureHostOf(keySetOptions))
  return remoteKeySet({ ...keySetOptions, url }, owner)
}
