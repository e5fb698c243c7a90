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
export type { Explanation } from './route/explain.js'
export type { DualAuthOptions } from './options.js'
export type { PrincipalOfAuth, Register, RegisteredAuth, RegisteredPrincipal } from './register.js'

export { legacyJwt } from './verify/legacy-jwt.js'
export type { LegacyClaimNames, LegacyJwtOptions, PurposeRule } from './verify/legacy-jwt-options.js'
export type { StandardSchema } from './verify/standard-schema.js'
export { betterAuth } from './verify/better-auth.js'
export type { BetterAuthClaims, BetterAuthOptions } from './verify/better-auth.js'
export type { FindSession, FoundSession } from './verify/better-auth-session.js'
export { sqlSessions } from './verify/sql-sessions.js'
export type { Query, SqlSessionsOptions } from './verify/sql-sessions.js'
export { instanceSessions } from './verify/better-auth-instance.js'
export type { BetterAuthInstance } from './verify/better-auth-instance.js'
export { workos } from './verify/workos.js'
export type { WorkosClaims, WorkosOptions } from './verify/workos.js'
export { oidc } from './verify/oidc/oidc.js'
export type { OidcClaims } from './verify/oidc/oidc.js'
export type { OidcOptions } from './verify/oidc/options.js'
export type { AccessTokenProfile } from './verify/oidc/access-token.js'
export type { GroupRule } from './verify/groups.js'
export type { OAuthClaimNames, OAuthMapping } from './verify/oauth-identity.js'
export type { OrganizationOf } from './verify/placement.js'
export type { ScopeUse } from './verify/scope-use.js'
export { introspection } from './verify/introspection/introspection.js'
export type { IntrospectionClaims } from './verify/introspection/introspection.js'
export type { IntrospectionClient } from './verify/introspection/client-authentication.js'
export type { IntrospectionOptions } from './verify/introspection/options.js'
export type { OpaqueForm } from './verify/opaque-form.js'
export type { PrivateJwk, PrivateKeyInput } from './keys/sign-jwt.js'
export { apiKeys } from './verify/api-keys.js'
export type { ApiKeyClaims, ApiKeysOptions } from './verify/api-keys.js'
export { createApiKey, memoryApiKeys } from './verify/api-key-store.js'
export { hashApiKey } from './verify/api-key-form.js'
export type {
  ApiKeyRecord,
  ApiKeyStore,
  CreateApiKeyOptions,
  CreatedApiKey,
  MemoryApiKeyStore,
} from './verify/api-key-store.js'

export { AuthError, isAuthError } from './errors/auth-error.js'
export type { ErrorCode } from './errors/error-table.js'
export type { AuthEvent, AuthEventListener, RejectionReason } from './events/events.js'
export type { AuthRequest } from './http/request.js'
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
export type { AcceptWeakSecret } from './keys/secrets.js'
export type { OpenVerifier, VerifiedIdentity, Verification, Verifier, VerifierContext } from './route/verifier.js'
export type { Carriage, Presented, Shape } from './route/shape.js'
