import type { UnverifiedJwt } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { rejected, type Verification, type VerifiedIdentity } from '../../route/verifier.js'
import { identityOf } from '../../verify/identity.js'
import { claimReader, type ClaimReader, type ClaimSource } from '../../settings/claim-source.js'
import { idIn, namesIn, textIn, textOf } from '../../verify/jwt/mapped-claims.js'
import { expiryOf, issuedAtOf } from '../../verify/jwt/registered-claims.js'
import type { SchemaIssue } from '../../verify/jwt/standard-schema.js'
import { otherPurposeOf } from '../../verify/jwt/stated-purpose.js'
import { actorOf, UNKNOWN_ACTOR } from '../../verify/oauth/actor.js'
import { kindOf } from '../../verify/oauth/kind.js'
import type { LegacyClaimNames, ParsedLegacyJwt } from './legacy-jwt-options.js'

/** What the claims of a genuine token come to. */
export interface LegacyClaims {
  readonly subject: ClaimReader
  /** Null where the options name none. */
  readonly organization: ClaimReader | null
  /** The claim by which a token is for another purpose, or null; `header.typ` of the header. */
  otherPurpose(jwt: UnverifiedJwt): string | null
  identity(
    jwt: UnverifiedJwt,
    caller: Pick<VerifiedIdentity, 'subject' | 'organization'>,
    exposed: unknown,
    secretIndex: number | null,
  ): VerifiedIdentity
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function createLegacyClaims(parsed: ParsedLegacyJwt): LegacyClaims {
  const { claims: names = {}, owner } = parsed
  const reader = (name: keyof LegacyClaimNames, usual: ClaimSource) =>
    claimReader(names[name] ?? usual, `${owner}.claims.${name}`)
  const organization = names.organization === undefined ? null : reader('organization', names.organization)
  const [roles, permissions] = [reader('roles', 'roles'), reader('permissions', 'permissions')]
  const [sessionId, email] = [reader('sessionId', 'sid'), reader('email', 'email')]
  const impersonator = names.impersonator === undefined ? null : reader('impersonator', names.impersonator)
  return {
    subject: reader('subject', 'sub'),
    organization,
    otherPurpose: purposeCheck(parsed),
    identity: (jwt, { subject, organization }, exposed, secretIndex) =>
      identityOf({
        issuer: textOf(jwt.claims, 'iss') ?? parsed.name,
        subject,
        kind: kindOf(jwt.claims, subject),
        claims: exposed,
        organization,
        roles: namesIn(roles.read(jwt.claims)),
        permissions: namesIn(permissions.read(jwt.claims), / +/),
        sessionId: idIn(sessionId.read(jwt.claims)),
        email: textIn(email.read(jwt.claims)),
        expiresAt: expiryOf(jwt, parsed.maxAgeSeconds ?? null),
        issuedAt: issuedAtOf(jwt),
        impersonator: impersonatorIn(impersonator?.read(jwt.claims)) ?? actorOf(jwt.claims),
        secretIndex,
      }),
  }
}

/** What is there and cannot be read is somebody: a token in another one's place must not pass for the person's own. */
function impersonatorIn(value: unknown): string | null {
  const isAbsent = value === undefined || value === null || value === false || value === ''
  return isAbsent ? null : (idIn(value) ?? UNKNOWN_ACTOR)
}

function purposeCheck({ purpose, audience, owner }: ParsedLegacyJwt): LegacyClaims['otherPurpose'] {
  if (purpose === 'only-access-tokens') return ({ claims }) => otherPurposeOf(claims, audience === undefined)
  const values = typeof purpose.value === 'string' ? [purpose.value] : purpose.value
  if ('header' in purpose)
    return ({ header }) => (values.includes(own(header, purpose.header) as string) ? null : 'header.typ')
  const stated = claimReader(purpose.claim, `${owner}.purpose.claim`)
  return ({ claims }) => (values.includes(stated.read(claims) as string) ? null : stated.name)
}

/** Names the claim that a schema refused: the first step of the issue's path, where it has the form of a name. */
export function refusedBySchema(issues: readonly SchemaIssue[]): Verification<never> {
  const [step] = issues[0]?.path ?? []
  // Keys further down may be no names but values, such as addresses.
  const name = typeof step === 'object' ? step.key : step
  const isName = typeof name === 'string' && /^[\w:./-]{1,64}$/.test(name)
  return rejected('credential_invalid', 'schema', isName ? name : null)
}
