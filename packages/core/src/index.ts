export { createDualAuth } from './create-dual-auth.js'
export type { AuthenticateOptions } from './authenticate-options.js'
export type {
  AuthResult,
  AuthorizeResult,
  AuthorizeRule,
  CanOptions,
  CanSubject,
  DualAuth,
  ExplainInput,
  UpgradeResult,
} from './dual-auth.js'
export type { SetCookie } from './http/set-cookie.js'
export { createAudit, jsonLinesAudit, type AuditOptions, type AuditSink, type AuditTrail } from './events/audit.js'
export type { AuditRecord } from './events/audit-records.js'
export type { RememberOptions } from './cache/memory.js'
export type { AddressSource, SharedLimiter, ThrottleOptions } from './throttle/options.js'
export type { RevokeInput } from './cache/revocation-of.js'
export type { Revocation } from './cache/revocations.js'
export type { RevocationFeed } from './cache/revoker.js'
export type { AcceptanceAbout, FeedAbout, InspectedVerifier, Inspection } from './route/about.js'
export type { SourceAbout, StoreAbout, TableAbout, VerifierAbout } from './route/about.js'
export { secretFingerprint, type SecretFingerprint } from './keys/secrets/secret-fingerprint.js'
export { jwkProblem } from './keys/import/jwk.js'
export { trustedOriginsTest, type TrustsOrigin } from './extract/trusted-origins.js'
export type { Explanation } from './route/explain.js'
export type { DualAuthOptions } from './options.js'
export type { Diagnosis, DiagnosisStep } from './diagnose/diagnose.js'
export type { NameOrganization, NamingRequest } from './request/organization.js'
export { definePermissions } from './access/permissions.js'
export type { GrantOf, PermissionMap, PermissionName, Permissions } from './access/permissions.js'
export type {
  PrincipalOfAuth,
  Register,
  RegisteredAuth,
  RegisteredGrant,
  RegisteredPermission,
  RegisteredPrincipal,
} from './register.js'

export { legacyJwt } from './verifiers/legacy/legacy-jwt.js'
export type {
  AcceptUnlimited,
  LegacyClaimNames,
  LegacyJwtOptions,
  PurposeRule,
} from './verifiers/legacy/legacy-jwt-options.js'
export type { LoadBalancer } from './verifiers/legacy/load-balancer.js'
export type { ClaimSource } from './settings/claim-source.js'
export type { StandardSchema } from './verify/jwt/standard-schema.js'
export { authJs } from './verifiers/auth-js/auth-js.js'
export type { AuthJsClaims, AuthJsOptions } from './verifiers/auth-js/options.js'
export type { AuthJsDatabaseOptions } from './verifiers/auth-js/database-sessions.js'
export { authJsSessions, type AuthJsSessionsOptions } from './verifiers/auth-js/sql-sessions.js'
export type { AuthJsSessionClaims, FindAuthJsSession, FoundAuthJsSession } from './verifiers/auth-js/stored-session.js'
export type { MappedClaimNames } from './verify/jwt/claim-mapping.js'
export { betterAuth } from './verifiers/better-auth/sessions/better-auth.js'
export type { BetterAuthOptions } from './verifiers/better-auth/sessions/options.js'
export { betterAuthTokens } from './verifiers/better-auth/tokens/tokens.js'
export type { BetterAuthTokens, BetterAuthTokensOptions } from './verifiers/better-auth/tokens/tokens.js'
export type { TouchOptions } from './verifiers/better-auth/sessions/touch.js'
export type { BetterAuthClaims } from './verifiers/better-auth/sessions/judge-session.js'
export type {
  FindSession,
  FoundSession,
  FoundUser,
  SessionCookie,
  SessionDemand,
  SessionSource,
} from './verifiers/better-auth/sessions/session.js'
export { sqlSessions, type SqlSessionsOptions } from './verifiers/better-auth/sessions/sql-sessions.js'
export { sqlUsers, type FindUser, type SqlUsersOptions } from './verifiers/better-auth/sessions/sql-users.js'
export { sqlMembers, type FindMember, type SqlMembersOptions } from './verifiers/better-auth/sessions/sql-members.js'
export { discreetQuery } from './sql/discreet-query.js'
export type { Query } from './sql/names.js'
export { instanceSessions } from './verifiers/better-auth/sessions/instance-sessions.js'
export type { BetterAuthInstance, InstanceSessionsOptions } from './verifiers/better-auth/sessions/instance-sessions.js'
export { httpSessions, type HttpSessionsOptions } from './verifiers/better-auth/sessions/http-sessions.js'
export { redisSessions } from './verifiers/better-auth/sessions/redis-sessions.js'
export type { GetValue, RedisSessionsOptions } from './verifiers/better-auth/sessions/redis-sessions.js'
export { betterAuthApiKeys, type BetterAuthApiKeyClaims } from './verifiers/better-auth/api-keys/api-keys.js'
export type { BetterAuthApiKeysOptions } from './verifiers/better-auth/api-keys/api-keys-options.js'
export { workos } from './verifiers/workos/access-token/workos.js'
export type {
  WorkosClaimNames,
  WorkosClaims,
  WorkosOptions,
  WorkosSession,
  WorkosSignIn,
} from './verifiers/workos/access-token/options.js'
export { workosSession, type WorkosSessionOptions } from './verifiers/workos/session/session.js'
export { workosRefresh, type WorkosRefreshOptions } from './verifiers/workos/refresh/refresh.js'
export type { WorkosRefresh } from './verifiers/workos/refresh/workos-refresh.js'
export type { RefreshStore } from './verify/sealed-session/shared-store.js'
export type {
  WorkosCursor,
  WorkosEvent,
  WorkosEventOutcome,
  WorkosListedOutcome,
  WorkosObjectKind,
  WorkosReading,
  WorkosSync,
} from './verifiers/workos/sync/workos-sync.js'
export { workosApiKeys, type WorkosApiKeysOptions } from './verifiers/workos/api-keys/api-keys.js'
export type { WorkosApiKeyClaims } from './verifiers/workos/api-keys/read-api-key.js'
export { workosConnect } from './verifiers/workos/connect/connect.js'
export { workosM2m } from './verifiers/workos/connect/m2m.js'
export type { WorkosConnectClaims, WorkosConnectOptions } from './verifiers/workos/connect/connect-token.js'
export { oidc } from './verifiers/oidc/oidc.js'
export type { OidcClaims } from './verifiers/oidc/claims.js'
export type { OidcOptions } from './verifiers/oidc/options.js'
export { oidcSession, type OidcSessionOptions } from './verifiers/oidc/session/oidc-session.js'
export type { OidcRefresh, OidcSession, OidcSignIn } from './verifiers/oidc/session/session-port.js'
export { oidcRefresh, type OidcClient, type OidcRefreshOptions } from './verifiers/oidc/session/oidc-refresh.js'
export type { SessionBrowser } from './verify/sealed-session/begin-session.js'
export type { RefreshTiming } from './verify/sealed-session/refresh-options.js'
export type { AccessTokenProfile } from './verifiers/oidc/access-token.js'
export type { GroupRule } from './verify/oauth/groups.js'
export type { ClientOptions } from './verify/oauth/client-options.js'
export type { OAuthClaimNames, OAuthMapping } from './verify/oauth/oauth-identity.js'
export type { OrganizationOf } from './verify/oauth/placement.js'
export type { ScopeUse } from './verify/oauth/scope-use.js'
export { introspection, type IntrospectionClaims } from './verifiers/introspection/introspection.js'
export type { IntrospectionClient, IntrospectionOptions } from './verifiers/introspection/options.js'
export type { OpaqueForm } from './verify/opaque-form.js'
export type { PrivateKeyInput } from './keys/import/import-private-key.js'
export type { PublicKeyInput } from './keys/import/import-key.js'
export { expressSession } from './verifiers/express-session/express-session.js'
export type {
  ExpressSessionData,
  ExpressSessionOptions,
  ExpressSessionStore,
} from './verifiers/express-session/options.js'
export { sessions } from './verifiers/sessions/sessions.js'
export type { FindStoredSession, SessionsOptions, StoredSessionDemand } from './verifiers/sessions/options.js'
export { sessionRows, type SessionRowsOptions } from './verifiers/sessions/session-rows.js'
export type { StoredClaims, StoredSession } from './verify/stored-session/stored-session.js'
export { remote, type RemoteOptions } from './verifiers/remote/remote.js'
export type { RemoteForm } from './verifiers/remote/forms.js'
export { remoteForms } from './verifiers/remote/remote-forms.js'
export type {
  RemoteAnswer,
  RemoteClaims,
  RemoteCookie,
  RemoteCredential,
  RemoteIdentity,
} from './verifiers/remote/protocol.js'
export { serveRemote, type ValidateRemote } from './verifiers/remote/serve-remote.js'
export { remoteFetch, serveRemoteFetch } from './verifiers/remote/remote-fetch.js'
export type { RemoteFetchOptions, ServeRemoteFetchOptions } from './verifiers/remote/remote-fetch.js'
export { ironSession } from './verifiers/iron-session/iron-session.js'
export type { IronSessionOptions } from './verifiers/iron-session/options.js'
export { apiKeys } from './verifiers/api-keys/api-keys.js'
export type { ApiKeyClaims, ApiKeysOptions } from './verifiers/api-keys/api-keys.js'
export { createApiKey, memoryApiKeys } from './verifiers/api-keys/api-key-store.js'
export { hashApiKey } from './verifiers/api-keys/api-key-form.js'
export type {
  ApiKeyOwner,
  ApiKeyRecord,
  ApiKeyStore,
  CreateApiKeyOptions,
  CreatedApiKey,
  MemoryApiKeyStore,
} from './verifiers/api-keys/api-key-store.js'
export type {
  ApiKeyLimits,
  ApiKeyManagement,
  ApiKeyRefusal,
  ApiKeyTarget,
  ChangedApiKey,
  ManagedApiKey,
  MintApiKeyInput,
  MintedApiKey,
  RotateApiKeyInput,
} from './verifiers/api-keys/api-key-management.js'

export { AuthError, isAuthError, type PresentedIn, type UnlinkedIdentity } from './errors/auth-error.js'
export type { ErrorCode } from './errors/error-table.js'
export type { BegunSessions, SealedSessions, SessionProblem } from './verify/sealed-session/begun-sessions.js'
export type {
  AuthEvent,
  AuthEventListener,
  DecidingPolicy,
  EndpointFailure,
  EndpointName,
  RejectionReason,
} from './events/events.js'
export type { PolicyVerdict } from './diagnose/explain-policy.js'
export type { EventError } from './events/event-error.js'
export type { AuthRequest } from './http/request.js'
export type { RequestTarget } from './http/target.js'
export type { CookieAttributes } from './http/set-cookie.js'
export type {
  Account,
  Link,
  LinkInput,
  Membership,
  PermissionGrant,
  Principal,
  PrincipalOf,
  RoleGrant,
} from './identity/principal.js'
export type { FindAccount } from './identity/link.js'
export type { LinkRefusal } from './identity/refusal.js'
export type { PermissionExplanation, PermissionFinding } from './access/why.js'
export type { PermissionDemand, PermissionRule, Requirement } from './access/requirement.js'
export type { Answer } from './respond/answer.js'
export {
  answerWith,
  type AnswerParts,
  type ErrorDescription,
  type FormatContext,
  type FormatError,
  type FormattedAnswer,
} from './respond/format.js'
export type { NodeKeyObject, PrivateJwk, PublicJwk, SignatureAlgorithm, WebCryptoKey } from './crypto/port.js'
export type { ExportedKeys, ExportedKeySet, KeyRing } from './keys/key-set/key-ring.js'
export { keySetAt } from './keys/key-set/key-set-at.js'
export type { RemoteKeySet } from './keys/key-set/key-set-at.js'
export type { KeySetSettings } from './keys/key-set/key-set-options.js'
export type { AcceptWeakSecret } from './keys/secrets/secret-list.js'
export type {
  Accepted,
  Demand,
  HeldSession,
  OpenVerifier,
  Rememberable,
  Contact,
  VerifiedIdentity,
  Verification,
  Verifier,
  VerifierContext,
} from './route/verifier.js'
export type { FindIssuer, IssuerKeys } from './keys/key-set/issuer-directory.js'
export type { Carriage, Carrier, Carriers } from './route/carriers.js'
export type { Presented, Shape } from './route/shape.js'

export { definePolicy, readPolicy } from './migration/policy/policy-document.js'
export type {
  Announcement,
  CutOff,
  OrganizationPolicy,
  PolicyDocument,
  Rollout,
} from './migration/policy/policy-document.js'
export { hashedIdentifier } from './migration/policy/listed-unit.js'
export { policyDigest } from './migration/policy/policy-content.js'
export { STAGES, type Side, type Stage } from './migration/stage.js'
export { customPolicy, staticPolicy } from './migration/policy/policy-source.js'
export type { CustomPolicyOptions, LoadedPolicy, PolicySource } from './migration/policy/policy-source.js'
export { envPolicy, type EnvPolicyOptions } from './migration/policy/env-policy.js'
export type { KnownPolicy } from './migration/known-policies.js'
export { earliestLossFree } from './migration/cut-off.js'
export { planMove, type MoveConsent, type MovePlan, type MoveRefusal } from './migration/plan/plan-move.js'
export type { Affected } from './migration/plan/affected.js'
export type { Stays } from './migration/plan/move-findings.js'
export type { MoveWarning } from './migration/plan/move-warnings.js'
export type { Move, PolicyContent } from './migration/plan/moves.js'
export type { MoveEvidence, SeenPeople, SeenPlace } from './migration/plan/seen-people.js'
export {
  retireReport,
  type OldUse,
  type RetireOptions,
  type RetireReport,
  type Verdict,
} from './migration/retire/retire-report.js'
export type { RetireCheck, RetireCheckName } from './migration/retire/retire-checks.js'
export { retireFactsOf, type CriticalMismatches } from './migration/retire/retire-facts.js'
export type { OldDay, RetireFacts, RetireQuestion, SideUse } from './migration/retire/retire-facts.js'
export type { Trend } from './migration/retire/trend.js'
export type { Span, Watch } from './migration/retire/watch.js'
export type { MigrationOptions } from './migration/options.js'
export type { ShadowClass, ShadowComparison } from './migration/shadow/differences.js'
export type { ShadowIgnore } from './migration/shadow/ignore.js'
export type { ShadowOptions } from './migration/shadow/options.js'
export {
  memoryExchanges,
  type ExchangeRelation,
  type ExchangeStore,
  type ExchangeUse,
} from './migration/exchange/exchange-store.js'
export type { ExchangeOptions } from './migration/exchange/options.js'
export type { Minted, MintedTokens, MintRequest, SessionMinter } from './migration/exchange/session-minter.js'
export type { ExchangeResult } from './request/exchange/exchange-result.js'
export type { ExchangeReason } from './request/exchange/refusals.js'
export type { MigrationNotice } from './migration/notice.js'
export type { Signals } from './migration/policy/signals.js'
export type { ClientKind, EvidenceStore, Heartbeat, Sighting } from './migration/evidence/evidence.js'
export { memoryEvidence, type MemoryEvidence } from './migration/evidence/memory-evidence.js'
export type { Issuance, IssuerInput, IssuerReason } from './migration/issuance.js'
export type { Issuer } from './request/issuer-for.js'
export type { Health, HealthCheck } from './request/health.js'
export type { MigrationStatus } from './request/migration-status.js'
export type { OfMigration } from './request/of-migration.js'
export type { SignedOut } from './request/sign-out.js'
