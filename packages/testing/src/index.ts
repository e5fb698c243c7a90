export { createClock } from './clock.js'
export type { Clock } from './clock.js'
export { tamper, withClaims } from './tamper.js'

export { createLegacyIssuer } from './jwt/legacy-issuer.js'
export type {
  LegacyIssuer,
  LegacyIssuerOptions,
  LegacyKeyPairIssuer,
  LegacyKeyPairOptions,
  LegacySecretIssuer,
  LegacySecretOptions,
  LegacySignOptions,
} from './jwt/legacy-issuer.js'
export type { Lifetime } from './jwt/timed-claims.js'
export { signJwt } from './jwt/sign-jwt.js'
export type { SignJwtOptions } from './jwt/sign-jwt.js'
export { createSigningKey } from './jwt/signing-key.js'
export type { KeyPairAlgorithm, SigningKey } from './jwt/signing-key.js'

export { startKeySetServer } from './key-set/key-set-server.js'
export type { KeySetServer } from './key-set/key-set-server.js'
export type { KeySet, KeySetMode, KeySetOptions, RotateOptions } from './key-set/key-set.js'
export type { AnswerMode, FixedAnswer } from './http/broken-answers.js'
export type { Loopback } from './http/loopback.js'

export { startFakeWorkos } from './workos/fake-workos.js'
export type { FakeWorkos, FakeWorkosOptions } from './workos/fake-workos.js'
export { seal } from './workos/seal.js'
export type { SealOptions } from './workos/seal.js'
export type { SealedSessionOptions } from './workos/sealed-session.js'
export type { WorkosSession, WorkosSignInOptions, WorkosUser } from './workos/sessions.js'
export type { RefreshControl, RefreshMode } from './workos/authenticate.js'
export type { AuthKitControl } from './workos/codes.js'
export type { WorkosApiKey, WorkosApiKeyOptions, WorkosApiKeys } from './workos/api-keys.js'
export type { WorkosDirectory, WorkosKind, WorkosLogEvent, WorkosObject } from './workos/directory.js'
export type { WorkosFailure, WorkosManagement, WorkosRequest } from './workos/management.js'
export type { SignedWebhook, SignWebhookOptions } from './workos/webhooks.js'

export { createBetterAuthIssuer } from './better-auth/better-auth-issuer.js'
export type {
  BetterAuthIssuer,
  BetterAuthIssuerOptions,
  SignedIn,
  SignInOptions,
} from './better-auth/better-auth-issuer.js'
export { signedValue } from './better-auth/signed-value.js'
export type { BetterAuthSessionRow, BetterAuthUserRow } from './better-auth/session-rows.js'
export type { SessionDataEncoding, SessionDataOptions } from './better-auth/session-data.js'
export type { BetterAuthApiKeyOptions, BetterAuthApiKeyRow } from './better-auth/api-key-row.js'

export { createAuthJsIssuer } from './auth-js/auth-js-issuer.js'
export type { AuthJsIssuer, AuthJsIssuerOptions } from './auth-js/auth-js-issuer.js'

export { createSessionIssuer } from './sessions/session-issuer.js'
export type {
  SessionIssuer,
  SessionIssuerOptions,
  SessionStoredAs,
  StoredSignedIn,
  StoredSignInOptions,
} from './sessions/session-issuer.js'
export { createExpressSessionIssuer } from './sessions/express-session-issuer.js'
export type {
  ExpressSessionIssuer,
  ExpressSessionIssuerOptions,
  ExpressSignedIn,
  ExpressSignInOptions,
} from './sessions/express-session-issuer.js'

export { createApiKeyIssuer } from './api-key-issuer.js'
export type { ApiKeyIssuer, ApiKeyIssuerOptions, IssueApiKeyOptions, IssuedApiKey } from './api-key-issuer.js'

export { startOidcProvider } from './oidc/oidc-provider.js'
export type { OidcProvider, OidcProviderOptions } from './oidc/oidc-provider.js'
export type { OidcSignedIn, OidcSignInOptions, OidcTokens } from './oidc/sign-ins.js'
export type { TokenControl } from './oidc/token-endpoint.js'
export type { IntrospectionControl } from './oidc/introspection.js'
