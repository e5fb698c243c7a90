import * as z from 'zod/mini'
import { optionError } from '../../../settings/options.js'
import type { KeySetSettings } from '../../../keys/key-set/key-set-options.js'
import { assertEndpointUrl } from '../../../outbound/endpoint-url.js'
import type { MaybePromise } from '../../../async/maybe-promise.js'
import type { StoreAbout } from '../../../route/about.js'
import type { Carriers } from '../../../route/carriers.js'
import type { JsonObject, UnverifiedJwt } from '../../../route/jwt.js'
import type { CookieShape, Presented } from '../../../route/shape.js'
import type { Demand, HeldSession, Verification, VerifiedIdentity, VerifierContext } from '../../../route/verifier.js'
import type { ClaimSource } from '../../../settings/claim-source.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import type { AuthRequest } from '../../../http/request.js'
import type { SetCookie } from '../../../http/set-cookie.js'
import type { SessionBrowser } from '../../../verify/sealed-session/begin-session.js'

/** Where a JWT template puts the members of a principal. Each is a name, a path or a function; see `ClaimSource`. */
export interface WorkosClaimNames {
  /** Default `org_id`. */
  readonly organization?: ClaimSource
  /** A string or a list of strings. Default: `roles`, else `role`. */
  readonly roles?: ClaimSource
  /** A list of strings. Default `permissions`. */
  readonly permissions?: ClaimSource
  /** Default `email`. Exposed as `principal.email`; never used to find an account. */
  readonly email?: ClaimSource
}

/** A sign-in at WorkOS. */
export interface WorkosSignIn extends SessionBrowser {
  /**
   * The JSON answer of `/user_management/authenticate` (`access_token`, `refresh_token`, `user`, …). Trusted: it must
   * come from WorkOS itself, over TLS.
   */
  readonly answer: Readonly<Record<string, unknown>>
}

/** Sealed sessions, as created by `workosSession`. */
export interface WorkosSession {
  /**
   * Starts a session from WorkOS's answer to a sign-in, sealed like the SDK for Node. Writes nothing itself: send each
   * `field` as a `Set-Cookie`.
   *
   * Does not verify the access token: the next request does.
   *
   * @throws {AuthError} `verifier_unavailable`: a token is missing from the answer. `credential_too_large`: the session
   *   does not fit into cookies that can be read again.
   */
  begin(signIn: WorkosSignIn): Promise<readonly SetCookie[]>
  /**
   * The `Set-Cookie`s that clear the session in a browser, including each chunk in the request. They end nothing else:
   * call `auth.revoke({ session, verifier })`, too.
   */
  clear(request: AuthRequest): readonly SetCookie[]
  readonly shape: CookieShape
  readonly passwords: SecretList
  readonly canonical: (credential: string) => string
  /** The store that instances share to refresh sessions. */
  readonly refreshes: StoreAbout | null
  open(parts: WorkosSessionParts): {
    verify(cookie: Presented, demand: Demand): MaybePromise<Verification<WorkosClaims>>
    endSession(cookie: Presented): Promise<void>
    sessionOf(cookie: Presented): Promise<HeldSession | null>
    ready(): Promise<unknown>
    close(): void
  }
}

/** What the verifier provides to its sealed sessions. */
export interface WorkosSessionParts {
  readonly verifier: string
  readonly clientId: string
  readonly apiUrl: string
  readonly issuers: readonly string[]
  readonly clockToleranceSeconds: number
  readonly context: VerifierContext
  judge(accessToken: UnverifiedJwt): MaybePromise<Verification<WorkosClaims>>
}

/** The options of `workos`. */
export interface WorkosOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** The environment's client id, `client_…`. Its key set and issuers are derived from it. */
  readonly clientId: string
  /** The API or a custom authentication domain. Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** Further exact issuers, such as a custom domain beside the default one. */
  readonly issuers?: readonly string[]
  /** Exact `aud`, if a JWT template adds one. AuthKit's own tokens have none. */
  readonly audience?: string | readonly string[]
  /** Claims that a JWT template moved. */
  readonly claims?: WorkosClaimNames
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
  /** False refuses tokens of an impersonator (`act`). Default true: they are accepted and exposed. */
  readonly allowImpersonation?: boolean
  /** Called on every request, for example to check a list of ended sessions. A throw counts as "cannot tell" (503). */
  readonly isRevoked?: (identity: VerifiedIdentity<WorkosClaims>) => MaybePromise<boolean>
  /** Settings for the environment's key set. */
  readonly keySetOptions?: KeySetSettings
  /** The carriers of access tokens. Default `['bearer']`. */
  readonly carriers?: Carriers
  /** `workosSession({ … })` also accepts sealed session cookies. Default: access tokens only. */
  readonly session?: WorkosSession
}

/** Claims of an AuthKit access token; JWT templates may add more. */
export interface WorkosClaims extends JsonObject {
  readonly iss: string
  readonly sub: string
  readonly sid: string
  readonly exp: number
  readonly org_id?: string
  readonly role?: string
  readonly roles?: readonly string[]
  readonly permissions?: readonly string[]
  readonly entitlements?: readonly string[]
  readonly feature_flags?: readonly string[]
  readonly act?: { readonly sub: string }
}

export const workosClientId: z.ZodMiniType<string> = z
  .string("the environment's client id: it begins with client_")
  .check(z.regex(/^client_[A-Za-z0-9_-]{1,128}$/))

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function workosBaseUrl(apiUrl: string | undefined, path: string): string {
  const base = assertEndpointUrl(apiUrl ?? 'https://api.workos.com', path).replace(/\/+$/, '')
  if (base.includes('?') || base.includes('#')) throw optionError(path, 'must have no query and no fragment')
  return base
}
