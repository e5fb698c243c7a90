import * as crypto from '#crypto'
import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import type { ContentEncryption } from '../../crypto/port.js'
import type { SecretList } from '../../keys/secrets/secret-list.js'

/** The keys for one carrier, in the order of the secrets. */
export type SessionKeys = readonly SessionKey[]

export interface SessionKey {
  readonly bytes: Uint8Array
  readonly secretIndex: number
}

/** How a version of Auth.js encrypts its JWT sessions. */
interface Encryption {
  readonly enc: ContentEncryption
  readonly keyBytes: number
  info(salt: string): string
}

/** From `getDerivedEncryptionKey` in `@auth/core/jwt` and `next-auth/jwt` 4. */
const ENCRYPTIONS: Readonly<Record<4 | 5, Encryption>> = {
  4: {
    enc: 'A256GCM',
    keyBytes: 32,
    info: (salt) => `NextAuth.js Generated Encryption Key${salt === '' ? '' : ` (${salt})`}`,
  },
  5: { enc: 'A256CBC-HS512', keyBytes: 64, info: (salt) => `Auth.js Generated Encryption Key (${salt})` },
}

export function encryptionOf(version: 4 | 5): ContentEncryption {
  return ENCRYPTIONS[version].enc
}

/** Keys for the cookie that a session travels in; `null` for a bearer, which may come from any of the cookies. */
export interface KeyDerivation {
  keysFor(cookie: string | null): MaybePromise<SessionKeys>
}

/**
 * Derives each key once, from the secret and, in version 5, the cookie's name, so that a session is invalid under
 * another name.
 *
 * @param salt Replaces the cookie's name.
 */
export function deriveKeys(
  secrets: SecretList,
  version: 4 | 5,
  cookies: readonly string[],
  salt: string | undefined,
): KeyDerivation {
  const saltOf = (cookie: string): string => salt ?? (version === 4 ? '' : cookie)
  const derived = new Map<string, MaybePromise<SessionKeys>>()
  const keysOf = (used: string): MaybePromise<SessionKeys> => {
    const known = derived.get(used)
    if (known !== undefined) return known
    const keys = derive(secrets, version, used)
    derived.set(used, keys)
    // A failed derivation is tried again.
    if (keys instanceof Promise) keys.catch(() => derived.delete(used))
    return keys
  }
  const salts = [...new Set(cookies.map(saltOf))]
  return {
    keysFor: (cookie) =>
      cookie !== null
        ? keysOf(saltOf(cookie))
        : salts.reduce<MaybePromise<SessionKeys>>(
            (before, used) => andThen(before, (all) => andThen(keysOf(used), (more) => [...all, ...more])),
            [],
          ),
  }
}

function derive(secrets: SecretList, version: 4 | 5, salt: string): MaybePromise<SessionKeys> {
  const { info, keyBytes } = ENCRYPTIONS[version]
  let keys: MaybePromise<SessionKeys> = []
  for (let secretIndex = 0; secretIndex < secrets.size; secretIndex++) {
    const secret = secrets.at(secretIndex)
    keys = andThen(keys, (before) =>
      andThen(crypto.hkdfSha256(secret, salt, info(salt), keyBytes), (bytes) => [...before, { bytes, secretIndex }]),
    )
  }
  return keys
}
