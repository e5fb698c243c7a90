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

/** A refusal is a value: `error.code` says which, `error.status` how it is answered. */
export type AuthResult<P extends Principal = Principal> =
  | {
      readonly ok: true
      readonly principal: P
      readonly carrier: CarrierKind
      /** To be written with the response: a session was refreshed on the way. Adapters do that by themselves. */
      readonly cookies: readonly SetCookie[]
      /**
       * Header fields that announce the end of the old side of a migration, where that let the caller in: to be added to the
       * response, a name may stand twice. Adapters do that by themselves. Empty where nothing is announced.
       */
      readonly signals: Signals
    }
  | {
      readonly ok: false
      readonly error: AuthError
      /** Why the verifier rejected: for operators, never for the caller. */
      readonly reason: RejectionReason | null
      /** The claim that was missing or wrong, by name; null where it was no claim. For operators, too. */
      readonly claim: string | null
      readonly verifier: string | null
      readonly carrier: CarrierKind | null
      readonly cookies: readonly SetCookie[]
    }

/** Whether the principal may; a refusal says which code it is answered with. */
export type AuthorizeResult = { readonly ok: true } | { readonly ok: false; readonly error: AuthError }

/** What `authorize` takes: a permission rule, any of some roles, or an organization (`true`: whichever). */
export type AuthorizeRule<P extends Principal = Principal, R = unknown> = PermissionRule<P, R> | RoleOrOrganization

/** Any of some roles, or an organization. */
type RoleOrOrganization = { readonly role: string | readonly string[] } | { readonly organization: string | true }

/** For whom `can` and `why` answer: a principal of this instance, or an account by the application's own id. */
export type CanSubject<P extends Principal = Principal> = P | { readonly user: string }

/** Where `can` and `why` look. */
export interface CanOptions {
  /**
   * The organization acted for, by the application's own id; the account must be a member, or may not. Null for none.
   * Default: the principal's own; of `{ user }`, the account's `organization`.
   */
  readonly organization?: string | null | undefined
}

/** Who opened a connection that outlives its request, such as a WebSocket. */
export type UpgradeResult<P extends Principal = Principal> =
  | (Extract<AuthResult<P>, { ok: true }> & {
      /** The subprotocol to answer with: the first offered that is no credential. */
      readonly protocol: string | null
      /** When the credential ends, in seconds since the epoch; null where it does not say. */
      readonly expiresAt: number | null
      /**
       * Judges the same credential again, past every cache: close the connection when that is refused
       * with a status below 500. Call it on an interval; it refreshes no session and counts no use of an API key.
       */
      revalidate(): Promise<AuthResult<P>>
    })
  | Extract<AuthResult<P>, { ok: false }>

/** A credential as support holds it; a string is a bearer. */
export type ExplainInput =
  | string
  | { readonly scheme: string; readonly value: string }
  | { readonly header: string; readonly value: string }
  | { readonly cookie: string; readonly value: string }

/** One API for every credential system that its verifiers accept. */
export interface DualAuth<P extends Principal = Principal> {
  /**
   * Turns whichever credential a request brings into a principal. Serves queues, RPC, sockets and
   * tests; routes use the guards of an adapter. Nothing that a caller sends makes it throw.
   */
  authenticate(request: AuthRequest, options?: AuthenticateOptions): Promise<AuthResult<P>>
  /**
   * Judges the handshake of a WebSocket. A cookie counts only from a trusted origin (cross-site
   * WebSocket hijacking); a browser without cookies sends a bearer as subprotocol where
   * `subprotocol` is configured. @see RFC 6455 sections 1.9 and 10.2
   */
  authenticateUpgrade(request: AuthRequest): Promise<UpgradeResult<P>>
  /** What its verifiers own, as data without secrets: `remoteForms` makes of it what `remote` takes. */
  readonly shapes: readonly Shape[]
  /** Names of its verifiers, in their order. */
  readonly verifiers: readonly string[]
  /** Names of its migrations, as the option `migration` lists them; empty without one. */
  readonly migrations: readonly string[]
  /**
   * How this instance is configured, as data without secrets: for `dualauth doctor`, and for a test of the application's own. Asks
   * nobody. What it says belongs to operators: it names addresses, tables and prefixes.
   */
  inspect(): Inspection
  /**
   * Fingerprints of the HMAC secrets and of the passwords that seal cookies, to see whether two processes hold the same ones;
   * see `secretFingerprint`. Each takes a good part of a second. For operators: in no log, and on no page.
   */
  fingerprints(): Promise<readonly SecretFingerprint[]>
  /** Which verifier would own a credential, and why, by its shape only. Neither asks anybody nor emits an event. */
  explain(credential: ExplainInput): Explanation
  /**
   * Takes a credential through every step and says what was read and where it failed: for support and
   * for tests. Judges for real, past every cache, with `link` and whatever the verifier asks; emits no event.
   * Never send the result to a caller: it says why a credential was refused.
   * @throws {AuthError} `configuration_invalid`: no credential.
   */
  diagnose(credential: ExplainInput): Promise<Diagnosis>
  /**
   * Whether the principal may do this. Only principals of this instance are known here.
   * A callback's own exception passes through.
   */
  authorize<R = unknown>(
    principal: P,
    rule: RegisteredPermission | ComposedRule<P, R> | RoleOrOrganization,
    request?: R,
  ): Promise<AuthorizeResult>
  /**
   * Whether a principal, or the account of an id, holds a permission, `{ any }` or `{ all }` of several: by the rules of the guards, outside of a request and in
   * batches. Says nothing about credentials: it looks at no revocation. `{ user }` needs the option `account`, and has the
   * roles and permissions that the account has: what a credential would state is not known. Questions that are asked together
   * about one account look it up once; nothing is remembered.
   * @throws {AuthError} `account_unavailable`: the account cannot be looked up. `configuration_invalid`: no permission, no
   * subject, or no option `account`.
   */
  can(subject: CanSubject<P>, permission: RegisteredPermission | ComposedDemand, options?: CanOptions): Promise<boolean>
  /**
   * The answer of `can` with its reasons, for support: which grant of which role in which organization allows it, or what is
   * missing, and the roles that are held. Frozen, and to be shown to those who administer roles only.
   * @throws {AuthError} As `can` does.
   */
  why(
    subject: CanSubject<P>,
    permission: RegisteredPermission | ComposedDemand,
    options?: CanOptions,
  ): Promise<PermissionExplanation>
  /**
   * Whether the principal holds all that a grant stands for: a permission, or a wildcard of this application's own,
   * `things:*`, which takes `things:*` or `*`. For whoever hands a part of a principal's permissions on, such as the
   * scopes of an API key. False for a principal that is not of this instance.
   */
  mayGrant(principal: P, grant: string): Promise<boolean>
  /**
   * Which side of a migration issues for somebody, for a login page or a sign-up: by stage, rollout and lists of the policy.
   * It says nothing about who is accepted.
   * @throws {AuthError} `policy_unavailable`: there never was a policy. `configuration_invalid`: no such migration.
   */
  issuerFor(input: IssuerInput & OfMigration): Promise<Issuer>
  /**
   * Where a migration stands, for pages, clients and operators. It names nobody.
   * @throws {AuthError} `policy_unavailable`: there never was a policy. `configuration_invalid`: no such migration.
   */
  migrationStatus(of?: OfMigration & { readonly organization?: string | null }): Promise<MigrationStatus>
  /** The policies of its migrations as this process knows them now; asks no source. For metrics and health checks. */
  knownPolicies(): readonly KnownPolicy[]
  /**
   * Makes a session of the side that issues for its person out of the credential of a request, by the option `exchange` of the
   * migration. Judged past every cache, and as an unsafe request. Nothing that a caller sends makes it throw.
   * @param options `tokens`: the client keeps tokens itself. A cookie never becomes one: it is refused, or with `unless-cookie` stays a cookie.
   * @throws {AuthError} `configuration_invalid`: no migration has the option `exchange`.
   */
  exchange(request: AuthRequest, options?: { readonly tokens?: boolean | 'unless-cookie' }): Promise<ExchangeResult<P>>
  /**
   * Writes the evidence that waits, for processes that are suspended between requests. Others write it every few seconds,
   * and `close` does. Waits for the comparisons of `migration.shadow` that were begun, too.
   * Rejects where a store cannot be reached; nothing is lost then.
   */
  flush(): Promise<void>
  /**
   * What the policies of its migrations say to a credential of that shape, by the unverified date in it and for an organization: whether a
   * genuine one would be refused, and why. For support; verifies nothing and asks nobody but the source of the policy. Empty where
   * its verifier takes part in none, or nobody owns it.
   */
  explainPolicy(input: ExplainInput, of?: { readonly organization?: string | null }): Promise<readonly PolicyVerdict[]>
  /**
   * Whether a verifier would read the sessions that a sign-in begins, as far as that can be told without one: which option of the
   * sign-in is wrong, or null. For endpoints, at the start.
   * @throws {AuthError} `configuration_invalid`: no such verifier.
   */
  sessionProblem(verifier: string, begun: BegunSessions): SessionProblem | null
  /** Says in an event that an endpoint failed. For endpoints; what they answer is theirs. */
  report(failure: EndpointFailure): void
  /**
   * Spells an error in HTTP, with the challenges and the body of this instance.
   * @param request What `formatError` gets as `request`.
   */
  respond(error: AuthError, request?: unknown): Answer
  /**
   * Ends a principal, a session, a credential or everything of a verifier, at once in this process:
   * for what is remembered and for what was never seen. Other instances learn of it through
   * `revocations`; resolves when it is published there.
   * @throws {AuthError} `configuration_invalid`: what is asked for would end nothing, by name.
   */
  revoke(what: RevokeInput): Promise<void>
  /**
   * The app ended the session of this request: what this process remembers of its credentials is forgotten, so that
   * the next request asks whoever knows, and its verifier gives nobody a refreshed one for it any more. It ends
   * nothing by itself; `revoke` does, for every instance. Adapters call it for cookies that a verifier wrote,
   * `serveRemote` for other services.
   * Rejects when a store was not told; this process knows it nevertheless.
   */
  endSession(request: AuthRequest): Promise<void>
  /**
   * Signs a client out: revokes the session of each cookie and of a bearer, and each that is of none, whatever a policy or `link` would
   * say and without refreshing one. A sign-in that begins later counts, also where the provider gives it the same session (`oidcSession`). API keys stay. One that cannot be judged now, because its verifier has an outage, ends in this process alone,
   * among the last 10,000 such ones: nobody fills the other instances with what is made up. It leaves headers alone, judges no origin and clears no cookie.
   * Rejects as `revoke` and `endSession` do; this process knows it nevertheless.
   * @throws {AuthError} `credential_malformed`, reason `too_many_cookies`: more than 180 values of one cookie could be sessions, as
   * no browser sends them (`cause.ended` is what would be returned otherwise), of which 180 of each were judged and ended; or more than 16 would be asked about at another system, and the others
   * ended in this process alone.
   */
  signOut(request: AuthRequest): Promise<readonly SignedOut[]>
  /**
   * Fetches key sets ahead of the first request, and asks the session sources, key stores and the
   * `link` that can say whether they work.
   * @throws {AuthError} `verifier_unavailable`: one cannot be had; the message names its verifier. Of a migration it says what is wrong with
   * the policy, and what counts meanwhile.
   */
  ready(): Promise<void>
  /** Asks what `ready` asks, and says of each whether it could be asked, how old key sets are and which policies count. Never rejects. */
  health(): Promise<Health>
  /**
   * The key sets as they are, as JSON, for `hydrate` of an instance that starts later. Public keys,
   * yet whoever can write them where they are kept can sign in as anybody.
   */
  exportKeys(): ExportedKeys
  /** Ends fetches that are under way, and writes the evidence that waits. */
  close(): Promise<void>
  /**
   * For adapters: one guard on one request. Without a promise where nothing has to be waited for; a
   * callback of the app that throws passes through.
   */
  guard(call: GuardCall, requirement: Requirement): MaybePromise<Verdict<P>>
}
