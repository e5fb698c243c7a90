import { andThen, type MaybePromise } from '../../../async/maybe-promise.js'
import type { KeySource } from '../../../keys/key-set/key-source.js'
import type { UnverifiedJwt } from '../../../route/jwt.js'
import { UNREADABLE } from '../../../settings/claim-source.js'
import { own } from '../../../settings/own.js'
import { rejected, type Verification, type VerifiedIdentity } from '../../../route/verifier.js'
import { identityOf } from '../../../verify/identity.js'
import { deepFreeze, namesIn, statedIn, textIn, textOf } from '../../../verify/jwt/mapped-claims.js'
import { expiryOf, issuedAtOf } from '../../../verify/jwt/registered-claims.js'
import { acceptJwt } from '../../../verify/jwt/remember-jwt.js'
import { verifyJwt, type GenuineJwt } from '../../../verify/jwt/verify-jwt.js'
import { impersonatorOf } from '../impersonator.js'
import type { WorkosClaimReaders } from './claim-readers.js'
import type { WorkosClaims } from './options.js'
import { sessionIdIn } from './session-id.js'

export interface AccessTokenRules {
  readonly clientId: string
  /** WorkOS spells an environment's issuer in several ways; identity links need one. */
  readonly canonical: string
  readonly issuers: readonly string[]
  readonly audiences: readonly string[] | null
  readonly clockToleranceSeconds: number
  readonly maxAgeSeconds: null
  readonly allowImpersonation: boolean
  readonly claims: WorkosClaimReaders
  readonly isRevoked: ((identity: VerifiedIdentity<WorkosClaims>) => MaybePromise<boolean>) | undefined
}

/** Judges an AuthKit access token, alone or in a sealed session. */
export function judgeAccessToken(
  jwt: UnverifiedJwt,
  rules: AccessTokenRules,
  keys: KeySource,
  now: number,
): MaybePromise<Verification<WorkosClaims>> {
  return andThen(verifyJwt(jwt, ['RS256'], keys, rules, now), (proof) =>
    proof.outcome === 'genuine' ? judgeGenuine(jwt, rules, proof) : proof,
  )
}

function judgeGenuine(
  jwt: UnverifiedJwt,
  rules: AccessTokenRules,
  proof: Extract<GenuineJwt, { outcome: 'genuine' }>,
): MaybePromise<Verification<WorkosClaims>> {
  const { claims } = jwt
  const subject = textOf(claims, 'sub')
  const sessionId = sessionIdIn(claims)
  if (subject === null) return rejected('credential_invalid', 'claims', 'sub')
  if (sessionId === null) return rejected('credential_invalid', 'claims', 'sid')
  const clientId = own(claims, 'client_id')
  if (clientId !== undefined && clientId !== rules.clientId)
    return rejected('credential_invalid', 'audience', 'client_id')
  const impersonator = impersonatorOf(claims)
  if (impersonator !== null && !rules.allowImpersonation) return rejected('credential_invalid', 'impersonated', 'act')
  const readers = rules.claims
  const organization = statedIn(readers.organization.read(claims), textIn)
  if (organization === UNREADABLE) return rejected('credential_invalid', 'claims', readers.organization.name)
  const identity = identityOf({
    issuer: rules.canonical,
    subject,
    claims: deepFreeze(claims) as WorkosClaims,
    organization,
    roles: namesIn(readers.roles.read(claims)),
    permissions: namesIn(readers.permissions.read(claims)),
    sessionId,
    email: textIn(readers.email.read(claims)),
    expiresAt: expiryOf(jwt, null),
    issuedAt: issuedAtOf(jwt),
    impersonator,
  })
  return acceptJwt(identity, proof, rules.isRevoked)
}
