import type { UnverifiedJwt } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { rejected, type Verification, type VerifiedIdentity } from '../../route/verifier.js'
import { identityOf } from '../../verify/identity.js'
import { claimReader } from '../../settings/claim-source.js'
import { claimMapping, type ClaimMapping, type MappedCaller } from '../../verify/jwt/claim-mapping.js'
import { textOf } from '../../verify/jwt/mapped-claims.js'
import { expiryOf, issuedAtOf } from '../../verify/jwt/registered-claims.js'
import type { SchemaIssue } from '../../verify/jwt/standard-schema.js'
import { otherPurposeOf } from '../../verify/jwt/stated-purpose.js'
import { kindOf } from '../../verify/oauth/kind.js'
import type { ParsedLegacyJwt } from './legacy-jwt-options.js'

/** Interprets the claims of a genuine token. */
export interface LegacyClaims {
  readonly callerIn: ClaimMapping['callerIn']
  /** The claim that shows another purpose (`header.typ` for the header), or null. */
  otherPurpose(jwt: UnverifiedJwt): string | null
  identity(jwt: UnverifiedJwt, caller: MappedCaller, exposed: unknown, secretIndex: number | null): VerifiedIdentity
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function createLegacyClaims(parsed: ParsedLegacyJwt): LegacyClaims {
  const mapping = claimMapping(parsed.claims ?? {}, parsed.owner)
  return {
    callerIn: mapping.callerIn,
    otherPurpose: purposeCheck(parsed),
    identity: (jwt, caller, exposed, secretIndex) =>
      identityOf({
        issuer: textOf(jwt.claims, 'iss') ?? parsed.name,
        ...caller,
        ...mapping.statementsIn(jwt.claims),
        kind: kindOf(jwt.claims, caller.subject),
        claims: exposed,
        expiresAt: expiryOf(jwt, parsed.maxAgeSeconds ?? null),
        issuedAt: issuedAtOf(jwt),
        secretIndex,
      }),
  }
}

function purposeCheck({ purpose, audience, owner }: ParsedLegacyJwt): LegacyClaims['otherPurpose'] {
  if (purpose === 'only-access-tokens') return ({ claims }) => otherPurposeOf(claims, audience === undefined)
  const values = typeof purpose.value === 'string' ? [purpose.value] : purpose.value
  if ('header' in purpose)
    return ({ header }) => (values.includes(own(header, purpose.header) as string) ? null : 'header.typ')
  const stated = claimReader(purpose.claim, `${owner}.purpose.claim`)
  return ({ claims }) => (values.includes(stated.read(claims) as string) ? null : stated.name)
}

/** Names the claim that a schema refused: the first step of the issue's path, if it has the form of a name. */
export function refusedBySchema(issues: readonly SchemaIssue[]): Verification<never> {
  const [step] = issues[0]?.path ?? []
  // Keys further down may be values, such as addresses, not names.
  const name = typeof step === 'object' ? step.key : step
  const isName = typeof name === 'string' && /^[\w:./-]{1,64}$/.test(name)
  return rejected('credential_invalid', 'schema', isName ? name : null)
}
