import { secretKeys } from '../../../keys/key-set/key-source.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import { readCompactCache } from './cache-compact.js'
import { jweCacheReader } from './cache-jwe.js'
import { readSecretJwtCache } from './cache-jwt.js'
import type { ReadCache } from './cookie-cache.js'
import type { OpenTokens } from '../tokens/tokens.js'

/**
 * Distinguishes the encodings of the cookie cache by form: no dot is compact, four dots are a JWE, and two dots are a
 * JWT, whose `alg` says which key to use. Only one encoding is tried.
 */
export function cacheReader(secrets: SecretList, tokens: OpenTokens | null): ReadCache {
  const jwe = jweCacheReader(secrets)
  const keys = secretKeys(secrets)
  return async (value) => {
    switch (value.split('.', 6).length) {
      case 1:
        return readCompactCache(value, secrets)
      case 3:
        return (await readSecretJwtCache(value, keys)) ?? (await tokens?.readCache(value)) ?? null
      case 5:
        return jwe(value)
      default:
        return null
    }
  }
}
