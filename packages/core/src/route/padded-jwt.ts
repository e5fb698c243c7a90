import { readJwt, type JsonObject, type UnverifiedJwt } from './jwt.js'
import { own } from '../settings/own.js'

/**
 * Reads a compact JWS whose segments keep their base64url padding, as some load balancers write it. As strict as
 * `readJwt`: each segment has exactly the padding that its length requires, and a token without padding is refused. So
 * no token can be read both ways or has two spellings. The signature covers the padded text.
 *
 * `iss` and `exp` may be in the header, which is signed as well; they are returned with the claims. If two issuers
 * differ, the token is refused; of two expiries the earlier one counts.
 *
 * @returns null for anything else.
 * @see RFC 4648 section 3.2, RFC 7519 section 5.3
 */
export function readPaddedJwt(token: string): UnverifiedJwt | null {
  if (!token.includes('=')) return null
  const segments = token.split('.')
  const bare = segments.map(unpadded)
  if (bare.length !== 3 || bare.includes(null)) return null
  const jwt = readJwt(bare.join('.'))
  const claims = jwt === null ? null : withHeaderClaims(jwt)
  return jwt === null || claims === null ? null : { ...jwt, token, claims }
}

/** The segment without its padding; null if the padding does not fit its length. */
function unpadded(segment: string): string | null {
  return segment.length % 4 === 0 && /^[\w-]+={0,2}$/.test(segment) ? segment.replace(/=+$/, '') : null
}

function withHeaderClaims({ header, claims }: UnverifiedJwt): JsonObject | null {
  const [issuer, stated] = [own(header, 'iss'), own(claims, 'iss')]
  if (issuer !== undefined && stated !== undefined && issuer !== stated) return null
  const merged = { iss: issuer ?? stated, exp: earlier(own(header, 'exp'), own(claims, 'exp')) }
  return { ...claims, ...Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) }
}

/** A value that is not a number is returned unchanged, so that it is later refused as a date. */
function earlier(a: unknown, b: unknown): unknown {
  if (a === undefined || b === undefined) return a ?? b
  if (typeof a !== 'number') return a
  return typeof b === 'number' ? Math.min(a, b) : b
}
