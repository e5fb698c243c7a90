import type { AuthRequest } from '../../../http/request.js'
import type { SetCookie } from '../../../http/set-cookie.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import type { Fetch } from '../../../outbound/fetch-json.js'
import type { InsecureHost } from '../../../outbound/endpoint-url.js'
import type { JsonObject, UnverifiedJwt } from '../../../route/jwt.js'
import type { CookieShape } from '../../../route/shape.js'
import type { VerifierContext } from '../../../route/verifier.js'
import type { MaybePromise } from '../../../async/maybe-promise.js'
import type { ClaimRefusal } from '../../../verify/jwt/registered-claims.js'
import type { IdentityReader } from '../../../verify/oauth/oauth-identity.js'
import type { SessionBrowser } from '../../../verify/sealed-session/begin-session.js'
import type { OpenSessions } from '../../../verify/sealed-session/open-sessions.js'
import type { OpenRefresh } from '../../../verify/sealed-session/renewal.js'
import type { RefreshableSession } from '../../../verify/sealed-session/session-kind.js'
import type { OidcClaims } from '../claims.js'
import type { OidcSealedSession } from './content.js'

/** A sign-in at the provider. */
export interface OidcSignIn extends SessionBrowser {
  /** Name of the `oidc` verifier that will read the session: a seal for another one is refused. */
  readonly verifier: string
  /** Claims of the id token, which the caller has verified: signature, `iss`, `aud`, `exp` and `nonce`. */
  readonly claims: Readonly<Record<string, unknown>>
  /** What the token endpoint answered beside the id token; `refresh_token`, `expires_in` and `scope` are read. */
  readonly answer?: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. Default: the clock of this machine. */
  readonly now?: number
  /**
   * When the sign-in began here of which the claims are: when its `nonce` was made, which the id token repeats. Milliseconds since the epoch.
   * A sign-out before then does not end this session, although the provider states the `sid` of the session that was signed
   * out. Default: nothing proves a sign-in, and what ends a session of that `sid` ends this one. Leave it out for what somebody
   * already held, such as a session that is carried across.
   */
  readonly signInBegunAt?: number
  /** When the session ends at the latest, in seconds since the epoch; for one that was carried across. Default: by `maxAgeSeconds` alone. */
  readonly endsAt?: number
}

/** Sealed sessions, as `oidcSession` makes them. */
export interface OidcSession {
  /**
   * Begins a session of a person who has just signed in. Writes nothing itself: set each `field` as a `Set-Cookie`.
   * Tokens stay inside the seal; the access token does not even go there.
   *
   * @throws {AuthError} `verifier_unavailable`: the claims name no issuer or subject. `credential_too_large`: no cookie
   * that would be read again holds the session; see `keepClaims`. `configuration_invalid`: an option is wrong; the
   * message names it.
   */
  begin(signIn: OidcSignIn): Promise<readonly SetCookie[]>
  /**
   * The `Set-Cookie`s that clear the session in a browser, with each chunk that the request brought. They end nothing
   * elsewhere: call `auth.signOut(request)`, too.
   */
  clear(request: AuthRequest): readonly SetCookie[]
  readonly shape: CookieShape
  readonly passwords: SecretList
  readonly canonical: (credential: string) => string
  open(parts: OidcSessionParts): OpenSessions<OidcClaims>
}

/** What the verifier lends to its sealed sessions. */
export interface OidcSessionParts {
  readonly verifier: string
  readonly issuer: string
  readonly identity: IdentityReader
  readonly context: VerifierContext
  readonly fetch: Fetch | undefined
  readonly insecure: InsecureHost
  /** Null: the token is an id token of the issuer for this client. A key set that is down is "cannot tell". */
  idTokenProblem(idToken: UnverifiedJwt, clientId: string): MaybePromise<Pick<ClaimRefusal, 'reason'> | null>
}

export type RefreshableOidcSession = OidcSealedSession & RefreshableSession

/** Refreshing of sealed sessions, as `oidcRefresh` makes it. */
export interface OidcRefresh {
  /** How long at least a confirmation of the provider counts, in seconds. */
  readonly leastConfirmedSeconds: number
  open(parts: OidcRefreshParts): OpenRefresh<RefreshableOidcSession>
}

export interface OidcRefreshParts extends OidcSessionParts {
  readonly idleSeconds: number | null
  readonly keepClaims: (claims: JsonObject) => JsonObject
  seal(content: unknown): Promise<string>
}
