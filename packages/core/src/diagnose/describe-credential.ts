import { placeOf } from '../route/explain.js'
import { NO_COOKIE } from '../route/given-credential.js'
import { looksLikeJwt, type JsonObject } from '../route/jwt.js'
import { own } from '../settings/own.js'
import { jwtProblem } from './jwt-problem.js'
import type { Presented } from '../route/shape.js'

const MAX_NAMES = 32
/** In seconds, the year 5138; in milliseconds, the year 1973. */
const SURELY_MILLISECONDS = 1e11
const NAME = /^[\w.:/#-]{1,64}$/

/**
 * Describes a credential by its form, for support. For a JWT: the algorithm, the type, the names of its claims and how
 * far its dates are from now. Never a claim value.
 *
 * @param now Milliseconds since the epoch.
 */
export function describeCredential(credential: Presented, now: number): readonly string[] {
  const { carrier, name, value } = credential
  if (carrier === 'cookie' && name === NO_COOKIE) return [`${value.length} characters in the whole field`]
  const size = `${value.length} characters in ${placeOf(credential)}`
  const jwt = credential.jwt()
  if (jwt !== null) return [size, ...describeHeader(jwt.header), ...describeClaims(jwt.claims, now)]
  const padded = credential.paddedJwt()
  if (padded !== null)
    return [
      size,
      'padded with `=`, which JWTs are not: only a verifier for such tokens takes it',
      ...describeHeader(padded.header),
      ...describeClaims(padded.claims, now),
    ]
  if (!looksLikeJwt(value)) return [size, 'an opaque value, not a JWT']
  return [size, `looks like a JWT, but ${jwtProblem(value)}`]
}

function describeHeader(header: JsonObject): readonly string[] {
  const words = ['alg', 'typ'].flatMap((member) => {
    const value = own(header, member)
    return typeof value === 'string' && /^[\w+./-]{1,32}$/.test(value) ? [`${member} ${value}`] : []
  })
  const kid = Object.hasOwn(header, 'kid') ? 'with a `kid`' : 'without a `kid`'
  return [`a JWT: ${[...words, kid].join(', ')}`]
}

function describeClaims(claims: JsonObject, now: number): readonly string[] {
  const all = Object.keys(claims)
  const names = all.filter((name) => NAME.test(name)).slice(0, MAX_NAMES)
  const others = all.length - names.length
  const list = names.map((name) => `\`${name}\``).join(', ') + (others > 0 ? ` and ${others} more` : '')
  const dates = ['iat', 'nbf', 'exp'].flatMap((name) => {
    const value = own(claims, name)
    if (typeof value !== 'number' || !Number.isFinite(value)) return []
    if (value >= SURELY_MILLISECONDS) return [`\`${name}\` seems to be in milliseconds; JWTs have seconds (RFC 7519)`]
    const seconds = Math.round(value - now / 1000)
    return [`\`${name}\` lies ${Math.abs(seconds)} s ${seconds < 0 ? 'back' : 'ahead'}`]
  })
  return [all.length === 0 ? 'has no claims' : `has the claims ${list}`, ...dates]
}
