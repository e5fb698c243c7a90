import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { AcceptWeakSecret } from '../../keys/secrets/secret-list.js'
import type { JsonObject } from '../../route/jwt.js'
import type { VerifiedIdentity } from '../../route/verifier.js'
import { acceptance } from '../../settings/acceptance.js'
import { claimSource, type ClaimSource } from '../../settings/claim-source.js'
import { optionError, parseOptions } from '../../settings/options.js'
import {
  between,
  cookieName,
  functionOption,
  nonEmpty,
  object,
  secretList,
  text,
  verifierName,
} from '../../settings/schemas.js'
import { mappedClaims, type MappedClaimNames } from '../../verify/jwt/claim-mapping.js'

/** `principal.claims` of a JWT session of Auth.js: its own claims, and those that the callback `jwt` added. */
export interface AuthJsClaims extends JsonObject {
  readonly sub?: string
  readonly name?: string | null
  readonly email?: string | null
  readonly picture?: string | null
  readonly iat?: number
  readonly exp?: number
  readonly jti?: string
}

/** The options of `authJs` for JWT sessions, which Auth.js uses without a database. */
export interface AuthJsOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** `AUTH_SECRET` or `NEXTAUTH_SECRET`, newest first. Each one opens sessions, as in Auth.js 5. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** 5 for Auth.js (`@auth/core`, `next-auth` 5), 4 for NextAuth 4; they encrypt differently. Default 5. */
  readonly version?: 4 | 5
  /**
   * The whole `cookies.sessionToken.name`, with `__Secure-` or `__Host-`, or several names. Default: the version's two
   * names, `__Secure-authjs.session-token` and `authjs.session-token`, or those of `next-auth`.
   */
  readonly cookie?: string | readonly string[]
  /**
   * The salt of the key, if the app's own `jwt.encode` sets one. Default: the cookie's name in version 5, none in 4.
   */
  readonly salt?: string
  /**
   * Also accepts the encrypted token as `Authorization: Bearer`, like `getToken`, for apps without cookies. Default
   * false.
   */
  readonly bearer?: boolean
  /**
   * Other names or places for claims that the callback `jwt` sets. Default: `sub`, `roles`, `permissions`, `sid`,
   * `email`.
   */
  readonly claims?: MappedClaimNames
  /**
   * The claim for the time of sign-in, set by the callback `jwt`: seconds or milliseconds since the epoch, or ISO text.
   * Default `iat`. Auth.js renews `iat` whenever it rewrites the session, so the session then survives a revocation of
   * its person and looks as if it was issued after a cut-off.
   */
  readonly signedInAt?: ClaimSource
  /** Default 15, as in Auth.js; at most 300. */
  readonly clockToleranceSeconds?: number
  /** Called on every request; a throw counts as "cannot tell" (503). */
  readonly isRevoked?: (identity: VerifiedIdentity<AuthJsClaims>) => MaybePromise<boolean>
  /** Accepts short or guessable secrets until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

const CLOCK_TOLERANCE_SECONDS = 15

const schema = object({
  name: verifierName,
  secrets: secretList,
  version: z._default(z.literal([4, 5]), 5),
  cookie: z.exactOptional(z.union([cookieName, nonEmpty(cookieName)], 'the name of a cookie or a list of names')),
  salt: z.exactOptional(text),
  bearer: z._default(z.boolean(), false),
  claims: z.exactOptional(mappedClaims),
  signedInAt: z.exactOptional(claimSource),
  clockToleranceSeconds: z._default(between(0, 300), CLOCK_TOLERANCE_SECONDS),
  isRevoked: z.exactOptional(functionOption<NonNullable<AuthJsOptions['isRevoked']>>()),
  acceptWeakSecret: z.exactOptional(acceptance),
})

/** Parsed options, with derived defaults filled in. */
export interface ParsedAuthJs extends Omit<AuthJsOptions, 'cookie'> {
  readonly version: 4 | 5
  readonly cookies: readonly string[]
  readonly bearer: boolean
  readonly clockToleranceSeconds: number
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseAuthJsOptions(options: unknown, owner: string): ParsedAuthJs {
  const { cookie, ...parsed } = parseOptions(schema, options, owner)
  return { ...parsed, cookies: sessionCookieNames(cookie, parsed.version, owner) }
}

/** `__Secure-` first: the plain cookie is for development. */
export function sessionCookieNames(
  cookie: string | readonly string[] | undefined,
  version: 4 | 5,
  owner: string,
): readonly string[] {
  if (cookie === undefined) {
    const name = `${version === 4 ? 'next-auth' : 'authjs'}.session-token`
    return [`__Secure-${name}`, name]
  }
  const names = typeof cookie === 'string' ? [cookie] : cookie
  const repeated = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (repeated !== -1) throw optionError(`${owner}.cookie[${repeated}]`, 'stands there twice')
  return names
}
