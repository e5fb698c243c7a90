import * as z from 'zod/mini'
import { clockTolerance, object, text, texts } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import type { PublicKeyAlgorithm } from '../../../crypto/port.js'
import { assertEndpointUrl } from '../../../outbound/endpoint-url.js'
import { remoteKeySet } from '../../../keys/key-set/key-set.js'
import { insecureHostOf, keySetSettings, type KeySetSettings } from '../../../keys/key-set/key-set-options.js'
import type { KeySource } from '../../../keys/key-set/key-source.js'
import { carriageOf, carriersOption, type Carriers } from '../../../route/carriers.js'
import { exactIssuer } from '../../../route/issuers.js'
import type { UnverifiedJwt } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import type { JwtShape } from '../../../route/shape.js'
import { rejected, type Verification, type VerifierContext } from '../../../route/verifier.js'
import { textOf } from '../../../verify/jwt/mapped-claims.js'
import { expiryOf, issuedAtOf, type ClaimRules } from '../../../verify/jwt/registered-claims.js'
import { acceptJwt } from '../../../verify/jwt/remember-jwt.js'
import { verifyJwt } from '../../../verify/jwt/verify-jwt.js'
import { readKeySetCache } from '../cookie-cache/cache-jwt.js'
import type { ReadCache } from '../cookie-cache/cookie-cache.js'
import { isBanned, userClaims, userIdentity, type BetterAuthClaims } from '../sessions/judge-session.js'
import { readUser } from '../sessions/read-session.js'

/** The options of `betterAuthTokens`. */
export interface BetterAuthTokensOptions {
  /** Better Auth's `baseURL`. Its origin is the issuer and audience, unless the plugin is configured otherwise. */
  readonly baseUrl: string
  /** `jwt.issuer` of the plugin. */
  readonly issuer?: string
  /** `jwt.audience` of the plugin. If there are several, one match is enough. */
  readonly audience?: string | readonly string[]
  /** Default `/api/auth/jwks` of the origin, or `jwks` below the path of `baseUrl` if it has one. */
  readonly keySetUrl?: string
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
  /** The carriers of tokens. Default `['bearer']`. */
  readonly carriers?: Carriers
  /** Settings for the plugin's key set. */
  readonly keySetOptions?: KeySetSettings
}

/** The option `tokens` of `betterAuth`, created by `betterAuthTokens`. */
export interface BetterAuthTokens {
  readonly shape: JwtShape
  readonly clockToleranceSeconds: number
  /** For `auth.inspect`. */
  readonly about?: { readonly url: string; readonly hasOwnFetch: boolean }
  open(verifier: string, context: VerifierContext): OpenTokens
}

/** The JWT plugin's keys for one instance. */
export interface OpenTokens {
  verify(jwt: UnverifiedJwt): Promise<Verification<BetterAuthClaims>>
  readonly readCache: ReadCache
  ready(): Promise<void>
  close(): void
}

const schema = object({
  baseUrl: text,
  issuer: z.exactOptional(exactIssuer),
  audience: z.exactOptional(texts),
  keySetUrl: z.exactOptional(text),
  keySetOptions: z.exactOptional(keySetSettings),
  carriers: carriersOption,
  clockToleranceSeconds: clockTolerance,
})

/** The plugin's signature algorithms. */
const ALGORITHMS: readonly PublicKeyAlgorithm[] = ['EdDSA', 'ES256', 'ES512', 'RS256', 'PS256']

/**
 * Tokens of Better Auth's JWT plugin (`/token`, `set-auth-jwt`), with the plugin's key set, and cookie caches signed
 * with the same keys. A token stays valid until `exp`, even after a sign-out.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function betterAuthTokens(options: BetterAuthTokensOptions): BetterAuthTokens {
  const parsed = parseOptions(schema, options, 'betterAuthTokens')
  const base = new URL(assertEndpointUrl(parsed.baseUrl, 'betterAuthTokens.baseUrl'))
  const below = base.pathname === '/' ? `${base.origin}/api/auth` : base.href.replace(/\/+$/, '')
  const { issuer = base.origin, audience = base.origin, keySetUrl = `${below}/jwks` } = parsed
  const url = assertEndpointUrl(keySetUrl, 'betterAuthTokens.keySetUrl', insecureHostOf(parsed.keySetOptions))
  const audiences = typeof audience === 'string' ? [audience] : audience
  const { clockToleranceSeconds } = parsed
  const rules = { issuers: [issuer], audiences, clockToleranceSeconds, maxAgeSeconds: null }
  const carriage = carriageOf(parsed.carriers)
  return {
    clockToleranceSeconds,
    about: { url, hasOwnFetch: parsed.keySetOptions?.fetch !== undefined },
    shape: { kind: 'jwt', carriage, algorithms: ALGORITHMS, issuers: [issuer], audiences, keyIds: null },
    open(verifier, context) {
      const keys = remoteKeySet({ url, ...parsed.keySetOptions }, { verifier, ...context })
      return {
        verify: (jwt) => judgeToken(verifier, jwt, keys, rules, context.now()),
        readCache: (value) => readKeySetCache(value, keys, ALGORITHMS, base.origin),
        ready: () => keys.ready(),
        close: () => keys.close(),
      }
    },
  }
}

/** The same keys sign the session cache, OAuth access tokens and id tokens; audience and type distinguish them. */
async function judgeToken(
  name: string,
  jwt: UnverifiedJwt,
  keys: KeySource,
  rules: ClaimRules,
  now: number,
): Promise<Verification<BetterAuthClaims>> {
  const proof = await verifyJwt(jwt, ALGORITHMS, keys, rules, now)
  if (proof.outcome !== 'genuine') return proof
  const type = own(jwt.header, 'typ') ?? 'JWT'
  if (String(type).toUpperCase() !== 'JWT') return rejected('credential_invalid', 'purpose', 'header.typ')
  if (own(jwt.claims, 'azp') !== undefined) return rejected('credential_invalid', 'purpose', 'azp')
  const subject = textOf(jwt.claims, 'sub')
  const id = own(jwt.claims, 'id')
  // A custom subject would be another identity than that of the user's sessions.
  if (subject === null || (id !== undefined && String(id) !== subject))
    return rejected('credential_invalid', 'claims', 'sub')
  const user = readUser({ ...jwt.claims, id: subject })
  if (user === null) return rejected('credential_invalid', 'claims')
  if (isBanned(user, now)) return rejected('account_banned', 'banned')
  const claims = Object.freeze({ session: null, user: userClaims(user) })
  const times = { expiresAt: expiryOf(jwt, null), issuedAt: issuedAtOf(jwt) }
  return acceptJwt({ ...userIdentity(name, user, claims), ...times }, proof, undefined)
}
