export { apiKeyEndpoints } from './api-keys/api-key-endpoints.js'
export type { Endpoints } from './http/endpoints.js'
export type { ApiKeyEndpointsOptions } from './api-keys/options.js'
export { exchangeEndpoint, type ExchangeEndpointOptions } from './exchange/exchange-endpoint.js'
export {
  betterAuthMinter,
  type BetterAuthMinterOptions,
  type MintingBetterAuth,
} from './exchange/minters/better-auth-minter.js'
export type { NewBetterAuthUser, ProvisionBetterAuthUser } from './exchange/minters/better-auth-people.js'
export { customMinter, type CustomMinted, type CustomMinterOptions } from './exchange/minters/custom-minter.js'
export { redirectMinter, type RedirectMinterOptions } from './exchange/minters/redirect-minter.js'
export { tokenExchangeMinter, type TokenExchangeMinterOptions } from './exchange/minters/token-exchange-minter.js'
export { legacyPasswordEndpoint } from './legacy-password/legacy-password-endpoint.js'
export type {
  AttemptLimit,
  AttemptLimiter,
  LegacyPasswordDialect,
  LegacyPasswordEndpointOptions,
  LegacyPasswordEvent,
  LegacyProfile,
  PasswordChecks,
} from './legacy-password/options.js'
export { healthEndpoint, type HealthEndpointOptions } from './health/health-endpoint.js'
export { introspectionHandler } from './introspection/introspection-handler.js'
export type { IntrospectingClient } from './introspection/client-secrets.js'
export type { IntrospectionCaller, IntrospectionHandlerOptions } from './introspection/options.js'
export { migrationEndpoint, type MigrationEndpointOptions } from './migration/migration-endpoint.js'
export { oidcSignIn, type OidcSignInOptions } from './sign-in/oidc-sign-in.js'
export { workosSignIn, type WorkosSignInOptions } from './sign-in/workos-sign-in.js'
export type {
  BegunSession,
  EndedSession,
  SignInFinish,
  SignInHints,
  SignInProvider,
  SignInStart,
  SignOutHints,
} from './sign-in/provider.js'
export { betterAuthSignOut, type SigningOutInstance } from './sign-in/better-auth-sign-out.js'
export {
  createSignOut,
  type CreateSignOutOptions,
  type SignOut,
  type SignOutRequest,
} from './sign-in/create-sign-out.js'
export { sessionEndpoints, type SessionEndpointsOptions } from './sign-in/session-endpoints.js'
export { signInEndpoints } from './sign-in/sign-in-endpoints.js'
export type { EndElsewhere, SignInEndpointsOptions } from './sign-in/options.js'
export { oidcTokens, type OidcTokensOptions } from './refresh/oidc-tokens.js'
export { refreshEndpoint } from './refresh/refresh-endpoint.js'
export type { BodyTokensOptions, RefreshEndpointOptions, RefreshTokenReuse } from './refresh/options.js'
export type { NoTokenGrant, TokenGrant, TokenProvider, TokenRefresh } from './refresh/token-provider.js'
export { workosTokens, type WorkosTokensOptions } from './refresh/workos-tokens.js'
export { retiredEndpoint, type RetiredEndpointOptions } from './migration/retired-endpoint.js'
export { workosCatchUp, type CaughtUp, type WorkosCatchUpOptions } from './workos/catch-up.js'
export { workosImport, type Imported, type ImportProgress, type WorkosImportOptions } from './workos/import.js'
export type { WorkosApiOptions } from './workos/api.js'
export type { ReadingEnd } from './workos/reading.js'
export type { WorkosEventOptions } from './workos/options.js'
export type { HandleWorkosEvent } from './workos/take-event.js'
export { workosWebhook, type WorkosDelivery, type WorkosWebhookOptions } from './workos/webhook.js'
