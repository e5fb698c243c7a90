import type { PolicyVerdict } from './diagnose/explain-policy.js'
import type { EndpointFailure } from './events/events.js'
import type { BegunSessions, SessionProblem } from './verify/sealed-session/begun-sessions.js'
import type { AuthenticateOptions } from './authenticate-options.js'
import type { ComposedDemand, ComposedRule, PermissionRule, Requirement } from './access/requirement.js'
import type { PermissionExplanation } from './access/why.js'
import type { AuthError } from './errors/auth-error.js'
import type { RevokeInput } from './cache/revocation-of.js'
import type { CarrierKind, RejectionReason } from './events/events.js'
import type { AuthRequest } from './http/request.js'
import type { SetCookie } from './http/set-cookie.js'
import type { MaybePromise } from './async/maybe-promise.js'
import type { Principal } from './identity/principal.js'
import type { RegisteredPermission } from './register.js'
import type { KnownPolicy } from './migration/known-policies.js'
import type { Signals } from './migration/policy/signals.js'
import type { IssuerInput } from './migration/issuance.js'
import type { Issuer } from './request/issuer-for.js'
import type { Health } from './request/health.js'
import type { MigrationStatus } from './request/migration-status.js'
import type { OfMigration } from './request/of-migration.js'
import type { SignedOut } from './request/sign-out.js'
import type { ExchangeResult } from './request/exchange/exchange-result.js'
import type { GuardCall, Verdict } from './request/guard-call.js'
import type { Diagnosis } from './diagnose/diagnose.js'
import type { ExportedKeys } from './keys/key-set/key-ring.js'
import type { Answer } from './respond/answer.js'
import type { SecretFingerprint } from './keys/secrets/secret-fingerprint.js'
import type { Inspection } from './route/about.js'
import type { Explanation } from './route/explain.js'
import type { Shape } from './route/shape.js'

/** A refusal is a value: `error.code` identifies it, and `error.status` is the HTTP status of the answer. */
export type AuthResult<P extends Principal = Principal> =
  | {
      readonly ok: true
      readonly principal: P
      readonly carrier: CarrierKind
      /** Cookies to write with the response, because a session was refreshed. Adapters do this automatically. */
      readonly cookies: readonly SetCookie[]
      /**
       * Header fields that announce the end of the old side of a migration, if that side authenticated the caller. Add
       * them to the response; a name may occur twice. Adapters do this automatically. Empty if there is nothing to
       * announce.
       */
      readonly signals: Signals
    }
  | {
      readonly ok: false
      readonly error: AuthError
      /** Why the verifier rejected the credential: for operators, never for the caller. */
      readonly reason: RejectionReason | null
      /** Name of the claim that was missing or wrong; null if no claim was at fault. For operators only. */
      readonly claim: string | null
      readonly verifier: string | null
      readonly carrier: CarrierKind | null
      readonly cookies: readonly SetCookie[]
    }

/** Whether the principal is allowed. A refusal carries the error to answer with. */
export type AuthorizeResult = { readonly ok: true } | { readonly ok: false; readonly error: AuthError }

/** What `authorize` takes: a permission rule, any of some roles, or an organization (`true`: any). */
export type AuthorizeRule<P extends Principal = Principal, R = unknown> = PermissionRule<P, R> | RoleOrOrganization

/** Any of some roles, or an organization. */
type RoleOrOrganization = { readonly role: string | readonly string[] } | { readonly organization: string | true }

/** Whom `can` and `why` are asked about: a principal of this instance, or an account by the application's own id. */
export type CanSubject<P extends Principal = Principal> = P | { readonly user: string }

/** Options of `can` and `why`. */
export interface CanOptions {
  /**
   * The organization to act for, by the application's own id. If the account is not a member, the answer is no. Null
   * for none. Default: the principal's own organization; for `{ user }`, the account's `organization`.
   */
  readonly organization?: string | null | undefined
}

/** The result for a connection that outlives its request, such as a WebSocket. */
export type UpgradeResult<P extends Principal = Principal> =
  | (Extract<AuthResult<P>, { ok: true }> & {
      /** The subprotocol to answer with: the first one offered that is not a credential. */
      readonly protocol: string | null
      /** When the credential expires, in seconds since the epoch; null if it does not say. */
      readonly expiresAt: number | null
      /**
       * Checks the same credential again, bypassing every cache. Call it on an interval, and close the connection if it
       * refuses with a status below 500. It refreshes no session and counts no use of an API key.
       */
      revalidate(): Promise<AuthResult<P>>
    })
  | Extract<AuthResult<P>, { ok: false }>

/** A credential to explain or diagnose. A string is a bearer. */
export type ExplainInput =
  | string
  | { readonly scheme: string; readonly value: string }
  | { readonly header: string; readonly value: string }
  | { readonly cookie: string; readonly value: string }

/** One API for every credential system that its verifiers accept. */
export interface DualAuth<P extends Principal = Principal> {
  /**
   * Turns the credential of a request into a principal. For queues, RPC, sockets and tests; routes use the guards of an
   * adapter. Nothing that a caller sends makes it throw.
   */
  authenticate(request: AuthRequest, options?: AuthenticateOptions): Promise<AuthResult<P>>
  /**
   * Authenticates the handshake of a WebSocket. A cookie is accepted only from a trusted origin (cross-site WebSocket
   * hijacking). A browser without cookies sends a bearer as a subprotocol, if `subprotocol` is configured.
   * @see RFC 6455 sections 1.9 and 10.2
   */
  authenticateUpgrade(request: AuthRequest): Promise<UpgradeResult<P>>
  /**
   * The credential shapes of its verifiers, as data without secrets. `remoteForms` turns them into the input of
   * `remote`.
   */
  readonly shapes: readonly Shape[]
  /** Names of its verifiers, in order. */
  readonly verifiers: readonly string[]
  /** Names of its migrations, as the option `migration` lists them; empty without one. */
  readonly migrations: readonly string[]
  /**
   * How this instance is configured, as data without secrets: for `dualauth doctor` and for the application's own
   * tests. Makes no network calls. For operators only: it names addresses, tables and prefixes.
   */
  inspect(): Inspection
  /**
   * Fingerprints of the HMAC secrets and of the passwords that seal cookies, to check whether two processes hold the
   * same ones; see `secretFingerprint`. Each takes a large part of a second to compute. For operators only: keep them
   * out of logs and pages.
   */
  fingerprints(): Promise<readonly SecretFingerprint[]>
  /**
   * Says which verifier would own a credential, and why, by its shape only. Makes no network calls and emits no event.
   */
  explain(credential: ExplainInput): Explanation
  /**
   * Takes a credential through every step and reports what was read and where it failed. For support and tests. The
   * verification is real: it bypasses every cache and calls `link` and any system that the verifier needs. Emits no
   * event. Never send the result to a caller: it says why a credential was refused.
   * @throws {AuthError} `configuration_invalid`: no credential.
   */
  diagnose(credential: ExplainInput): Promise<Diagnosis>
  /**
   * Decides whether the principal is allowed to do this. Accepts only principals of this instance. An exception from a
   * callback passes through.
   */
  authorize<R = unknown>(
    principal: P,
    rule: RegisteredPermission | ComposedRule<P, R> | RoleOrOrganization,
    request?: R,
  ): Promise<AuthorizeResult>
  /**
   * Whether a principal, or the account with this id, holds a permission, or `{ any }` or `{ all }` of several. It uses
   * the same rules as the guards, outside a request and in batches. It does not check credentials or revocations. `{
   * user }` needs the option `account` and uses the roles and permissions of the account, because there is no
   * credential that could state any. Questions about one account that are asked together look it up once. Nothing is
   * remembered.
   * @throws {AuthError} `account_unavailable`: the account cannot be looked up. `configuration_invalid`: no permission,
   * no subject, or no option `account`.
   */
  can(subject: CanSubject<P>, permission: RegisteredPermission | ComposedDemand, options?: CanOptions): Promise<boolean>
  /**
   * The answer of `can` with its reasons, for support: which grant of which role in which organization allows it, or
   * what is missing, and which roles are held. Frozen. Show it only to people who administer roles.
   * @throws {AuthError} As `can` does.
   */
  why(
    subject: CanSubject<P>,
    permission: RegisteredPermission | ComposedDemand,
    options?: CanOptions,
  ): Promise<PermissionExplanation>
  /**
   * Whether the principal holds everything that a grant covers: a permission, or a wildcard of this application.
   * `things:*` needs `things:*` or `*`. For code that passes on part of a principal's permissions, such as the scopes
   * of an API key. False for a principal of another instance.
   */
  mayGrant(principal: P, grant: string): Promise<boolean>
  /**
   * Which side of a migration issues credentials for a person, for login and sign-up pages. Decided by the stage,
   * rollout and lists of the policy. It does not say which credentials are accepted.
   * @throws {AuthError} `policy_unavailable`: no policy was ever read. `configuration_invalid`: no such migration.
   */
  issuerFor(input: IssuerInput & OfMigration): Promise<Issuer>
  /**
   * The state of a migration, for pages, clients and operators. It names no person.
   * @throws {AuthError} `policy_unavailable`: no policy was ever read. `configuration_invalid`: no such migration.
   */
  migrationStatus(of?: OfMigration & { readonly organization?: string | null }): Promise<MigrationStatus>
  /**
   * The policies of its migrations as this process knows them now. Does not read a source. For metrics and health
   * checks.
   */
  knownPolicies(): readonly KnownPolicy[]
  /**
   * Exchanges the credential of a request for a session of the side that issues for this person. Uses the option
   * `exchange` of the migration. The credential is checked past every cache, and the request is treated as unsafe.
   * Nothing that a caller sends makes it throw.
   * @param options `tokens`: the client stores tokens itself. A cookie is never exchanged for a token: it is refused,
   *   or with `unless-cookie` it stays a cookie.
   * @throws {AuthError} `configuration_invalid`: no migration has the option `exchange`.
   */
  exchange(request: AuthRequest, options?: { readonly tokens?: boolean | 'unless-cookie' }): Promise<ExchangeResult<P>>
  /**
   * Writes the pending evidence, for processes that are suspended between requests. Other processes write it every few
   * seconds and on `close`. Also waits for comparisons of `migration.shadow` in progress. Rejects if a store cannot be
   * reached; nothing is lost then.
   */
  flush(): Promise<void>
  /**
   * What the policies of its migrations decide about a credential of this shape, by its unverified date and for an
   * organization: whether a genuine one would be refused, and why. For support. It verifies nothing and reads only the
   * source of the policy. Empty if no verifier owns the credential or its verifier is in no migration.
   */
  explainPolicy(input: ExplainInput, of?: { readonly organization?: string | null }): Promise<readonly PolicyVerdict[]>
  /**
   * Checks whether a verifier can read the sessions that a sign-in creates, as far as this is known without a session.
   * Returns the wrong option of the sign-in, or null. For endpoints, at startup.
   * @throws {AuthError} `configuration_invalid`: no such verifier.
   */
  sessionProblem(verifier: string, begun: BegunSessions): SessionProblem | null
  /** Emits the event that an endpoint failed. For endpoints; it does not affect their answer. */
  report(failure: EndpointFailure): void
  /**
   * Turns an error into an HTTP answer, with the challenges and the body format of this instance.
   * @param request Passed to `formatError` as `request`.
   */
  respond(error: AuthError, request?: unknown): Answer
  /**
   * Revokes a principal, a session, a credential or everything of a verifier. Takes effect immediately in this process,
   * also for credentials that it has never seen. Other instances are notified through `revocations`; the promise
   * resolves when the revocation is published there.
   * @throws {AuthError} `configuration_invalid`: the input would revoke nothing; the message names it.
   *   `store_unavailable`: it holds in this process, but `revocations` or a store could not be told, or `open` or `find`
   *   of `sessions` cannot tell which session the credential is of.
   */
  revoke(what: RevokeInput): Promise<void>
  /**
   * Call it when the app has ended the session of this request. This process forgets the credentials of the request, so
   * the next request is verified at the source, and the verifier no longer refreshes the session. It does not revoke
   * the session; `revoke` does, for every instance. Adapters call it for cookies that a verifier wrote, `serveRemote`
   * for other services. Rejects if a store could not be notified; in this process it has taken effect anyway.
   */
  endSession(request: AuthRequest): Promise<void>
  /**
   * Signs a client out: revokes the session of each cookie and of a bearer, and each such credential that has no
   * session. It does so whatever a policy or `link` says, and refreshes no session. A later sign-in is accepted, even
   * if the provider gives it the same session (`oidcSession`). API keys stay valid. If a verifier has an outage, its
   * credential is revoked in this process only (the last 10,000 of these are kept), so that forged credentials cannot
   * fill other instances. It ignores headers other than the bearer, checks no origin and clears no cookie. Rejects like
   * `revoke` and `endSession`; in this process it has taken effect anyway.
   * @throws {AuthError} `store_unavailable`: as for `revoke`; or a session of `sessions` with `open` cannot be judged, so
   *   that it may go on in another spelling. Clear no cookie then.
   *   `credential_malformed`, reason `too_many_cookies`: more than 180 values of one cookie could be
   *   sessions, which no browser sends; 180 of each were checked and ended, and `cause.ended` is what would otherwise
   *   be returned. Or more than 16 would need a call to another system; the rest ended in this process only.
   */
  signOut(request: AuthRequest): Promise<readonly SignedOut[]>
  /**
   * Fetches key sets before the first request, and checks the session sources, key stores and `link` that support a
   * check.
   * @throws {AuthError} `verifier_unavailable`: one is not available; the message names its verifier. For a migration,
   *   it says what is wrong with the policy and which policy applies meanwhile.
   */
  ready(): Promise<void>
  /**
   * Runs the checks of `ready` and reports each result, the age of key sets and the policies in force. Never rejects.
   */
  health(): Promise<Health>
  /**
   * The current key sets as JSON, for the option `hydrate` of an instance that starts later. The keys are public, but
   * anybody who can change the stored copy can sign in as anybody.
   */
  exportKeys(): ExportedKeys
  /** Aborts fetches in progress and writes the pending evidence. */
  close(): Promise<void>
  /**
   * For adapters: runs one guard on one request. Returns no promise if nothing has to be awaited. An exception from a
   * callback of the app passes through.
   */
  guard(call: GuardCall, requirement: Requirement): MaybePromise<Verdict<P>>
}
