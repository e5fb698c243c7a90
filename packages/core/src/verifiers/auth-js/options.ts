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

/** What `principal.claims` holds for a JWT session of Auth.js: what it states itself, and what the callback `jwt` added. */
export interface AuthJsClaims extends JsonObject {
  readonly sub?: string
  readonly name?: string | null
  readonly email?: string | null
  readonly picture?: string | null
  readonly iat?: number
  readonly exp?: number
  readonly jti?: string
}

/** What `authJs` takes for JWT sessions, which is what Auth.js has without a database. */
export interface AuthJsOptions<Name extends string = string> {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** `AUTH_SECRET`, or `NEXTAUTH_SECRET`. Newest first; each opens sessions, as in Auth.js 5. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** 5 for Auth.js (`@auth/core`, `next-auth` 5), 4 for NextAuth 4: they encrypt in other ways. Default 5. */
  readonly version?: 4 | 5
  /**
   * `cookies.sessionToken.name`, whole, with `__Secure-` or `__Host-`; or several. Default: the two names of the version,
   * `__Secure-authjs.session-token` and `authjs.session-token`, or those of `next-auth`.
   */
  readonly cookie?: string | readonly string[]
  /**
   * What the key is derived with, where the app's own `jwt.encode` says so. Default: in 5 the name of the cookie, in 4 nothing.
   */
  readonly salt?: string
  /** Takes the same encrypted token as `Authorization: Bearer`, as `getToken` does for apps without cookies. Default false. */
  readonly bearer?: boolean
  /** Where claims of the callback `jwt` have names or places of their own. Default: `sub`, `roles`, `permissions`, `sid`, `email`. */
  readonly claims?: MappedClaimNames
  /**
   * The claim that says when the person signed in: seconds or milliseconds since the epoch, or ISO text, written by the callback
   * `jwt`. Default `iat`, which Auth.js renews whenever it writes the session again, so that a session outlives a revocation
   * of its person and looks issued after a cut-off.
   */
  readonly signedInAt?: ClaimSource
  /** Default 15, as in Auth.js; at most 300. */
  readonly clockToleranceSeconds?: number
  /** Asked on every request; a throw counts as "cannot tell" (503). */
  readonly isRevoked?: (identity: VerifiedIdentity<AuthJsClaims>) => MaybePromise<boolean>
  /** Admits secrets that are short or easy to guess, until a date. */
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

/** Options as parsed: the defaults that follow from others are filled in. */
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

/** `__Secure-` first: the plain cookie is that of development. */
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
