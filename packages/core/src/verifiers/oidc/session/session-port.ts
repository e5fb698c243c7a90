import type { AuthRequest } from '../../../http/request.js'
import type { SetCookie } from '../../../http/set-cookie.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import type { Fetch } from '../../../outbound/fetch-json.js'
import type { InsecureHost } from '../../../outbound/endpoint-url.js'
import type { StoreAbout } from '../../../route/about.js'
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
  /** Name of the `oidc` verifier that will read the session. Any other verifier refuses the seal. */
  readonly verifier: string
  /** Claims of the id token. The caller must have verified it: signature, `iss`, `aud`, `exp` and `nonce`. */
  readonly claims: Readonly<Record<string, unknown>>
  /** The answer of the token endpoint. `refresh_token`, `expires_in` and `scope` are read. */
  readonly answer?: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. Default: the clock of this machine. */
  readonly now?: number
  /**
   * When the sign-in of these claims began here: when its `nonce` was created, which the id token repeats. Milliseconds
   * since the epoch. A sign-out before that time does not end this session, even if the provider states the `sid` of
   * the session that was signed out. Default: no sign-in is proved, and anything that ends a session with that `sid`
   * ends this one. Leave it out for an existing session, such as one from an exchange.
   */
  readonly signInBegunAt?: number
  /**
   * The latest end of the session, in seconds since the epoch, for a session from an exchange. Default: only
   * `maxAgeSeconds` limits it.
   */
  readonly endsAt?: number
}

/** Sealed sessions, as created by `oidcSession`. */
export interface OidcSession {
  /**
   * Starts a session after a sign-in. Writes nothing itself: send each `field` as a `Set-Cookie`. The refresh token
   * stays inside the seal; the access token is not stored.
   *
   * @throws {AuthError} `verifier_unavailable`: the claims name no issuer or subject. `credential_too_large`: the
   * session does not fit into cookies that can be read again; see `keepClaims`. `configuration_invalid`: an option is
   * wrong; the message names it.
   */
  begin(signIn: OidcSignIn): Promise<readonly SetCookie[]>
  /**
   * The `Set-Cookie`s that clear the session in a browser, including each chunk in the request. They end nothing else:
   * call `auth.signOut(request)`, too.
   */
  clear(request: AuthRequest): readonly SetCookie[]
  readonly shape: CookieShape
  readonly passwords: SecretList
  readonly canonical: (credential: string) => string
  /** The store that instances share to refresh sessions. */
  readonly refreshes: StoreAbout | null
  open(parts: OidcSessionParts): OpenSessions<OidcClaims>
}

/** What the verifier provides to its sealed sessions. */
export interface OidcSessionParts {
  readonly verifier: string
  readonly issuer: string
  readonly identity: IdentityReader
  readonly context: VerifierContext
  readonly fetch: Fetch | undefined
  readonly insecure: InsecureHost
  /** Null if the token is an id token of the issuer for this client. A key set that is down is "cannot tell". */
  idTokenProblem(idToken: UnverifiedJwt, clientId: string): MaybePromise<Pick<ClaimRefusal, 'reason'> | null>
}

export type RefreshableOidcSession = OidcSealedSession & RefreshableSession

/** Refreshes sealed sessions, as created by `oidcRefresh`. */
export interface OidcRefresh {
  /** Minimum time that the provider's confirmation counts, in seconds. */
  readonly leastConfirmedSeconds: number
  /** The description of its store. */
  readonly about: StoreAbout | null
  open(parts: OidcRefreshParts): OpenRefresh<RefreshableOidcSession>
}

export interface OidcRefreshParts extends OidcSessionParts {
  readonly idleSeconds: number | null
  readonly keepClaims: (claims: JsonObject) => JsonObject
  seal(content: unknown): Promise<string>
}
