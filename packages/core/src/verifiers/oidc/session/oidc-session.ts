import * as z from 'zod/mini'
import { AuthError } from '../../../errors/auth-error.js'
import { maxCredentialBytes } from '../../../extract/credential.js'
import type { CookieAttributes } from '../../../http/set-cookie.js'
import type { AuthRequest } from '../../../http/request.js'
import type { AcceptWeakSecret } from '../../../keys/secrets/secret-list.js'
import type { JsonObject } from '../../../route/jwt.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import {
  milliseconds,
  nonEmpty,
  object,
  text,
  verifierName,
  wholeBetween,
  withMethods,
} from '../../../settings/schemas.js'
import { objectOf, textOf } from '../../../verify/jwt/mapped-claims.js'
import { beginCookies, clearedCookies } from '../../../verify/sealed-session/begin-session.js'
import { openSessions, sealWith, sessionShape } from '../../../verify/sealed-session/open-sessions.js'
import { sealedPartOf } from '../../../verify/sealed-session/seal.js'
import { refreshTokenOf } from '../../../verify/sealed-session/session-kind.js'
import {
  assertCookie,
  cookieOptions,
  cookiePasswordList,
  MAX_COOKIE_AGE_SECONDS,
  sealOptions,
} from '../../../verify/sealed-session/session-options.js'
import { begunContent, keptClaims, withScope, type SessionLimits } from './content.js'
import { oidcKind } from './oidc-kind.js'
import { confirmedSeconds } from './renewed-content.js'
import type { OidcRefresh, OidcSession, OidcSignIn } from './session-port.js'

/** The options of `oidcSession`. */
export interface OidcSessionOptions {
  /** Newest first, at least 32 characters each, and random. The first one seals; all open. */
  readonly cookiePasswords: readonly string[]
  /** The session cookie. Its `Max-Age` is `maxAgeSeconds`. */
  readonly cookie?: Omit<CookieAttributes, 'maxAgeSeconds'> & {
    /** Default `__Host-session`, which a sibling subdomain cannot set. It allows no domain, and only the path `/`. */
    readonly name?: string
    /** Reads and writes a session that is too large for one cookie as `name.0`, `name.1`, … Default true. */
    readonly chunks?: boolean
  }
  /**
   * `oidcRefresh({ … })`: the provider confirms the session whenever its access token expires. Default: it is never
   * asked.
   */
  readonly refresh?: OidcRefresh
  /** Maximum life of a session from the sign-in. Default 7 days, at most 400. */
  readonly maxAgeSeconds?: number
  /** A session ends after this time without use; at least 60. Default: no idle limit. */
  readonly idleSeconds?: number
  /**
   * Claims of the id token to keep in the seal, in addition to those of the session (`iss`, `sub`, `aud`, `azp`, `iat`,
   * `exp`, `sid`, `auth_time`, `acr`, `amr`, `scope`). List those that `claims` of the verifier reads; a short list
   * keeps the cookie small. Default: all.
   */
  readonly keepClaims?: readonly string[]
  /** Allows passwords that are easy to guess, such as a phrase, or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

const WEEK_SECONDS = 604_800

const schema = object({
  ...sealOptions(),
  cookie: z.exactOptional(object(cookieOptions())),
  refresh: z.exactOptional(withMethods<OidcRefresh>(['open'], 'what oidcRefresh() returned')),
  maxAgeSeconds: z._default(wholeBetween(60, MAX_COOKIE_AGE_SECONDS), WEEK_SECONDS),
  idleSeconds: z.exactOptional(wholeBetween(60, MAX_COOKIE_AGE_SECONDS)),
  keepClaims: z.exactOptional(nonEmpty(text)),
})

const signIn = object({
  verifier: verifierName,
  claims: z.custom<JsonObject>((value) => objectOf(value) === value, 'the claims of a verified id token'),
  answer: z.exactOptional(
    z.custom<JsonObject>((value) => objectOf(value) === value, 'what the token endpoint answered'),
  ),
  now: z.exactOptional(z.number('milliseconds since the epoch')),
  signInBegunAt: z.exactOptional(milliseconds),
  endsAt: z.exactOptional(z.number('seconds since the epoch')),
  request: z.exactOptional(z.custom<AuthRequest>((value) => typeof value === 'object' && value !== null, 'a request')),
  maxCredentialBytes: z.exactOptional(maxCredentialBytes),
})

/**
 * Stores sessions of an OpenID Connect provider in a sealed cookie, for `oidc({ session })`.
 *
 * The seal (`Fe26.2`: AES-256-CBC, HMAC-SHA-256) holds its kind and version, the name of the verifier and the issuer,
 * claims of the id token (`sub`, `sid`, `auth_time`, `acr`, `amr` and those of `keepClaims`), the refresh token if
 * `refresh` is given, the expiry of the access token, and the limits of the session. It contains no access token, and
 * no token leaves it. A seal of another kind, verifier or issuer is refused, even with the same password.
 *
 * Decides that one of the passwords sealed it and that it has not ended. The identity was decided when it was sealed:
 * `begin` trusts the claims passed to it.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function oidcSession(options: OidcSessionOptions): OidcSession {
  const owner = 'oidcSession'
  const { cookiePasswords, acceptWeakSecret, ...parsed } = parseOptions(schema, options, owner)
  const { refresh, maxAgeSeconds, idleSeconds = null } = parsed
  if (idleSeconds !== null && idleSeconds > maxAgeSeconds)
    throw optionError(`${owner}.idleSeconds`, 'must not be more than maxAgeSeconds')
  const passwords = cookiePasswordList(cookiePasswords, acceptWeakSecret, owner)
  const cookie = {
    name: '__Host-session',
    chunks: true,
    ...(parsed.cookie as OidcSessionOptions['cookie']),
    maxAgeSeconds,
  }
  assertCookie(cookie, owner)
  const seal = sealWith(passwords)
  const keepClaims = (claims: JsonObject) => keptClaims(claims, parsed.keepClaims ?? null)
  return {
    async begin(input) {
      const { request, maxCredentialBytes, ...given } = parseOptions(signIn, input, `${owner}.begin`)
      const content = contentOf(given, refresh, keepClaims, { maxAgeSeconds, idleSeconds })
      return beginCookies(cookie, await seal(content), { request, maxCredentialBytes })
    },
    clear: (request) => clearedCookies(cookie, request),
    shape: sessionShape(cookie),
    passwords,
    canonical: sealedPartOf,
    refreshes: refresh?.about ?? null,
    open(parts) {
      const opened = refresh?.open({ ...parts, seal, keepClaims, idleSeconds }) ?? null
      const kind = oidcKind(parts, opened !== null, idleSeconds)
      const open = { ...parts, kind, passwords, cookie, refresh: opened, acceptWeakSecret, clockToleranceSeconds: 0 }
      return openSessions(open)
    },
  }
}

function contentOf(
  {
    verifier,
    claims,
    answer = {},
    now = Date.now(),
    signInBegunAt,
    endsAt,
  }: Omit<OidcSignIn, 'request' | 'maxCredentialBytes'>,
  refresh: OidcRefresh | undefined,
  keepClaims: (claims: JsonObject) => JsonObject,
  limits: SessionLimits,
): JsonObject {
  if (textOf(claims, 'iss') === null || textOf(claims, 'sub') === null)
    throw new AuthError('verifier_unavailable', { message: 'oidcSession.begin: the claims name no issuer or subject' })
  const token = answer['refresh_token']
  // A refresh token that cannot be used is not kept.
  const refreshToken = refresh === undefined ? null : refreshTokenOf({ refreshToken: token })
  if (refresh !== undefined && refreshToken === null && token !== undefined && token !== null)
    throw new AuthError('verifier_unavailable', { message: 'oidcSession.begin: the refresh token cannot be kept' })
  const confirmation = {
    claims: keepClaims(withScope(claims, answer['scope'])),
    refreshToken,
    confirmedSeconds: confirmedSeconds(answer['expires_in'], refresh?.leastConfirmedSeconds ?? 0),
  }
  return begunContent(verifier, confirmation, limits, {
    now: Math.floor(now / 1000),
    signInBegunAt: signInBegunAt === undefined ? undefined : Math.min(signInBegunAt, now) / 1000,
    latest: endsAt,
  })
}
