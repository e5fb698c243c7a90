import type { DualAuth } from '@dualauth/core'
import { assertEndpointUrl } from '@dualauth/core/adapter'
import { functionOption, nonEmpty, object, optionError, parseOptions, text, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { bodyTokensOption, type BodyTokensOptions } from '../refresh/options.js'
import { createRefresh, type Refresh } from '../refresh/refresh-endpoint.js'
import { createBodyRefresh, type BodyRefresh } from '../refresh/rotate.js'
import { createHintCookie, type HintCookie } from './hint-cookie.js'
import { createOwnSession, type OwnSession } from './own-session.js'
import { safeReturnTo } from './return-to.js'
import type { SignInProvider } from './provider.js'
import { createStateCookies, type StateCookies } from './state-cookie.js'

/**
 * Ends a session where it is stored.
 *
 * @param request Read only its headers, not its body.
 */
export type EndElsewhere = (request: Request) => void | Response | Promise<void | Response>

/** The options of `signInEndpoints`. */
export interface SignInEndpointsOptions {
  /** The instance that verifies the session and links it to an account. */
  readonly auth: DualAuth
  /** Where people sign in: `oidcSignIn({ … })`. */
  readonly provider: SignInProvider
  /**
   * The URL of the callback, as registered at the provider and as browsers see it. It ends in `/callback`; the path
   * before that is where the endpoints are mounted. `https`, or `http` on loopback.
   */
  readonly redirectUri: string
  /**
   * Secrets that sign the browser's state during a sign-in and encrypt its data for the sign-out. Newest first, at
   * least 32 characters each.
   */
  readonly secrets: readonly string[]
  /** The path to go to if `returnTo` is missing or on another site. Default `/`. */
  readonly home?: string
  /** Where people go after signing out: a path. Default `home`. */
  readonly signedOut?: string
  /**
   * The sign-in of the old side, as a path or URL. People go there while the policy says that the old side issues.
   * `returnTo` is passed on. Default: everybody signs in at `provider`.
   */
  readonly oldSignIn?: string
  /** Name of the migration that decides which side issues. Required if the instance has several. */
  readonly migration?: string
  /**
   * Ends the person's other sessions where they are stored, such as `betterAuthSignOut(instance)`. Called with the
   * request before cookies are cleared. The cookies of a `Response` that it returns are sent along.
   */
  readonly signOut?: EndElsewhere
  /** Further cookies to clear at sign-out, by name, such as that of the old side. */
  readonly clearCookies?: readonly string[]
  /**
   * Accepts refresh tokens in bodies at `/refresh` and `/sign-out`, and returns tokens as JSON at `/refresh`. Default:
   * no.
   */
  readonly bodyTokens?: BodyTokensOptions
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

export const path: z.ZodMiniType<string> = z
  .string('a path such as /')
  .check(z.regex(/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/))
export const cookieName: z.ZodMiniType<string> = z
  .string('the name of a cookie')
  .check(z.regex(/^[\w!#$%&'*.^`|~+-]{1,128}$/))
const MINIMUM_SECRET_LENGTH = 32

const schema = object({
  auth: withMethods<DualAuth>(
    ['authenticate', 'guard', 'signOut', 'revoke', 'issuerFor', 'respond', 'sessionProblem', 'report'],
    'what createDualAuth() returned',
  ),
  provider: withMethods<SignInProvider>(
    ['authorizationUrl', 'finish', 'signOutUrl', 'clear'],
    'a provider such as oidcSignIn({ … })',
  ),
  redirectUri: z.string('a URL that ends in /callback').check(z.refine((value) => URL.canParse(value))),
  secrets: nonEmpty(
    z.string(`a string of at least ${MINIMUM_SECRET_LENGTH} characters`).check(z.minLength(MINIMUM_SECRET_LENGTH)),
  ),
  home: z._default(path, '/'),
  signedOut: z.exactOptional(path),
  oldSignIn: z.exactOptional(text),
  migration: z.exactOptional(text),
  signOut: z.exactOptional(functionOption<EndElsewhere>()),
  clearCookies: z._default(z.array(cookieName), []),
  bodyTokens: z.exactOptional(bodyTokensOption),
  now: z._default(functionOption<() => number>(), () => Date.now),
})

export const MAX_BODY_BYTES = 16_384

type OptionalOption = 'migration' | 'signOut'
type ReadOption = 'redirectUri' | 'signedOut' | 'oldSignIn' | 'secrets' | 'bodyTokens'

/** With the defaults filled in, and read. */
export interface Settings
  extends
    Required<Omit<SignInEndpointsOptions, OptionalOption | ReadOption>>,
    Pick<SignInEndpointsOptions, OptionalOption> {
  readonly redirectUri: URL
  readonly signedOut: string
  readonly oldSignIn: URL | null
  /** Where the endpoints are mounted. */
  readonly basePath: string
  readonly states: StateCookies
  readonly refresh: Refresh
  /** Null: no tokens are taken in bodies. */
  readonly body: BodyRefresh | null
  readonly hints: HintCookie
  readonly own: OwnSession
  returnTo(asked: string | null): string
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseSignInOptions(options: unknown): Settings {
  const parsed = parseOptions(schema, options, 'signInEndpoints')
  const redirectUri = new URL(parsed.redirectUri)
  const { protocol, pathname, search, hash } = redirectUri
  const isSecure = protocol === 'https:'
  // The path stands in cookies, too, where a semicolon ends it.
  if (!pathname.endsWith('/callback') || pathname.includes(';') || search !== '' || hash !== '')
    throw optionError('signInEndpoints.redirectUri', 'must end in /callback, and its path must not contain a semicolon')
  assertEndpointUrl(parsed.redirectUri, 'signInEndpoints.redirectUri')
  const { verifiers } = parsed.auth
  if (!verifiers.includes(parsed.provider.verifier))
    throw optionError('signInEndpoints.provider.verifier', `must name a verifier of auth: ${verifiers.join(', ')}`)
  const { verifier, begins } = parsed.provider
  const wrong = begins === undefined ? null : parsed.auth.sessionProblem(verifier, begins)
  if (wrong !== null) throw optionError(`signInEndpoints.provider.${wrong.option}`, wrong.problem)
  const { secrets, bodyTokens, ...rest } = parsed
  const body = bodyTokens === undefined ? null : createBodyRefresh(parsed.auth, bodyTokens, parsed.now)
  const basePath = pathname.slice(0, -'/callback'.length)
  const owner = JSON.stringify([redirectUri.href, verifier])
  return {
    ...rest,
    redirectUri,
    basePath,
    signedOut: parsed.signedOut ?? parsed.home,
    oldSignIn: oldSignInOf(parsed.auth, parsed.oldSignIn, redirectUri, 'signInEndpoints'),
    states: createStateCookies(secrets, owner, isSecure),
    own: createOwnSession(secrets, owner, isSecure),
    refresh: createRefresh({ auth: parsed.auth, body, maxBodyBytes: MAX_BODY_BYTES, now: parsed.now }),
    body,
    hints: createHintCookie(secrets, `${basePath}/sign-out`, isSecure),
    returnTo: (asked) => safeReturnTo(asked, redirectUri, parsed.home),
  }
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function oldSignInOf(auth: DualAuth, page: string | undefined, site: URL, owner: string): URL | null {
  if (page === undefined) return null
  if (auth.migrations.length === 0)
    throw optionError(`${owner}.oldSignIn`, 'needs an instance with the option `migration`')
  return pageOption(page, site, `${owner}.oldSignIn`)
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function pageOption(page: string, site: URL, name: string): URL {
  if (!URL.canParse(page, site)) throw optionError(name, 'must be a path or a URL')
  return new URL(page, site)
}
