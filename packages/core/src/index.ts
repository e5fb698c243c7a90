export { createDualAuth } from './create-dual-auth.js'
export type {
  AuthenticateOptions,
  AuthResult,
  AuthorizeResult,
  AuthorizeRule,
  DualAuth,
  ExplainInput,
  UpgradeResult,
} from './dual-auth.js'
export type { SetCookie } from './http/set-cookie.js'
export type { RememberOptions } from './cache/memory.js'
export type { RevokeInput } from './cache/revocation-of.js'
export type { Revocation } from './cache/revocations.js'
export type { RevocationFeed } from './cache/revoker.js'
export type { Explanation } from './route/explain.js'
export type { DualAuthOptions } from './options.js'
export type { PrincipalOfAuth, Register, RegisteredAuth, RegisteredPrincipal } from './register.js'

export { legacyJwt } from './verify/legacy/legacy-jwt.js'
export type { LegacyClaimNames, LegacyJwtOptions, PurposeRule } from './verify/legacy/legacy-jwt-options.js'
export type { StandardSchema } from './verify/jwt/standard-schema.js'
export { betterAuth } from './verify/better-auth/better-auth.js'
export type { BetterAuthOptions } from './verify/better-auth/options.js'
export { betterAuthTokens } from './verify/better-auth/tokens.js'
export type { BetterAuthTokens, BetterAuthTokensOptions } from './verify/better-auth/tokens.js'
export type { TouchOptions } from './verify/better-auth/touch.js'
export type { BetterAuthClaims } from './verify/better-auth/judge-session.js'
export type {
  FindSession,
  FoundSession,
  FoundUser,
  SessionCookie,
  SessionSource,
} from './verify/better-auth/session.js'
export { sqlSessions } from './verify/better-auth/sql-sessions.js'
export type { SqlSessionsOptions } from './verify/better-auth/sql-sessions.js'
export { sqlUsers } from './verify/better-auth/sql-users.js'
export type { FindUser, SqlUsersOptions } from './verify/better-auth/sql-users.js'
export type { Query } from './verify/better-auth/sql-names.js'
export { instanceSessions } from './verify/better-auth/instance-sessions.js'
export type { BetterAuthInstance } from './verify/better-auth/instance-sessions.js'
export { httpSessions } from './verify/better-auth/http-sessions.js'
export type { HttpSessionsOptions } from './verify/better-auth/http-sessions.js'
export { redisSessions } from './verify/better-auth/redis-sessions.js'
export type { GetValue, RedisSessionsOptions } from './verify/better-auth/redis-sessions.js'
export { betterAuthApiKeys } from './verify/better-auth/api-keys.js'
export type { BetterAuthApiKeyClaims } from './verify/better-auth/api-keys.js'
export type { BetterAuthApiKeysOptions } from './verify/better-auth/api-keys-options.js'
export { workos } from './verify/workos/workos.js'
export type { WorkosClaimNames, WorkosClaims, WorkosOptions, WorkosSession } from './verify/workos/options.js'
export { workosSession } from './verify/workos/session.js'
export type { WorkosSessionOptions } from './verify/workos/session.js'
export { workosRefresh } from './verify/workos/refresh.js'
export type { WorkosRefreshOptions } from './verify/workos/refresh.js'
export type { WorkosRefresh } from './verify/workos/refresh-port.js'
export type { RefreshStore } from './verify/workos/shared-store.js'
export { workosApiKeys } from './verify/workos/api-keys.js'
export type { WorkosApiKeysOptions } from './verify/workos/api-keys.js'
export type { WorkosApiKeyClaims } from './verify/workos/read-api-key.js'
export { workosConnect } from './verify/workos/connect.js'
export { workosM2m } from './verify/workos/m2m.js'
export type { WorkosConnectClaims, WorkosConnectOptions } from './verify/workos/connect-token.js'
export { oidc } from './verify/oidc/oidc.js'
export type { OidcClaims } from './verify/oidc/oidc.js'
export type { OidcOptions } from './verify/oidc/options.js'
export type { AccessTokenProfile } from './verify/oidc/access-token.js'
export type { GroupRule } from './verify/oauth/groups.js'
export type { OAuthClaimNames, OAuthMapping } from './verify/oauth/oauth-identity.js'
export type { OrganizationOf } from './verify/oauth/placement.js'
export type { ScopeUse } from './verify/oauth/scope-use.js'
export { introspection } from './verify/introspection/introspection.js'
export type { IntrospectionClaims } from './verify/introspection/introspection.js'
export type { IntrospectionClient } from './verify/introspection/client-authentication.js'
export type { IntrospectionOptions } from './verify/introspection/options.js'
export type { OpaqueForm } from './verify/oauth/opaque-form.js'
export type { PrivateJwk, PrivateKeyInput } from './keys/sign-jwt.js'
export { remote } from './verify/remote/remote.js'
export type { RemoteOptions } from './verify/remote/remote.js'
export type { RemoteForm } from './verify/remote/forms.js'
export type {
  RemoteAnswer,
  RemoteClaims,
  RemoteCookie,
  RemoteCredential,
  RemoteIdentity,
} from './verify/remote/protocol.js'
export { serveRemote } from './verify/remote/serve-remote.js'
export type { ValidateRemote } from './verify/remote/serve-remote.js'
export { remoteFetch, serveRemoteFetch } from './verify/remote/remote-fetch.js'
export type { RemoteFetchOptions, ServeRemoteFetchOptions } from './verify/remote/remote-fetch.js'
export { apiKeys } from './verify/api-keys/api-keys.js'
export type { ApiKeyClaims, ApiKeysOptions } from './verify/api-keys/api-keys.js'
export { createApiKey, memoryApiKeys } from './verify/api-keys/api-key-store.js'
export { hashApiKey } from './verify/api-keys/api-key-form.js'
export type {
  ApiKeyRecord,
  ApiKeyStore,
  CreateApiKeyOptions,
  CreatedApiKey,
  MemoryApiKeyStore,
} from './verify/api-keys/api-key-store.js'

export { AuthError, isAuthError } from './errors/auth-error.js'
export type { ErrorCode } from './errors/error-table.js'
export type { AuthEvent, AuthEventListener, RejectionReason } from './events/events.js'
export type { AuthRequest } from './http/request.js'
export type { CookieAttributes } from './http/set-cookie.js'
export type {
  Account,
  Link,
  LinkInput,
  PermissionGrant,
  Principal,
  PrincipalOf,
  RoleGrant,
} from './identity/principal.js'
export type { PermissionRule, Requirement } from './access/requirement.js'
export type { Answer, ErrorDescription, FormatError } from './respond/answer.js'
export type { PublicJwk, SignatureAlgorithm } from './keys/crypto.js'
export type { ExportedKeys, ExportedKeySet, KeyRing } from './keys/key-ring.js'
export { keySetAt } from './keys/key-set-at.js'
export type { RemoteKeySet } from './keys/key-set-at.js'
export type { KeySetSettings } from './keys/key-set-options.js'
export type { AcceptWeakSecret } from './keys/secrets.js'
export type {
  Accepted,
  Demand,
  OpenVerifier,
  Rememberable,
  VerifiedIdentity,
  Verification,
  Verifier,
  VerifierContext,
} from './route/verifier.js'
export type { Carriage, Presented, Shape } from './route/shape.js'
