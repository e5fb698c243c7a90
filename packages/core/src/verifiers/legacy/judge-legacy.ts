import { andThen, promised, type MaybePromise } from '../../async/maybe-promise.js'
import type { KeySource } from '../../keys/key-set/key-source.js'
import type { JsonObject, UnverifiedJwt } from '../../route/jwt.js'
import { rejected, type Verification } from '../../route/verifier.js'
import { deepFreeze } from '../../verify/jwt/mapped-claims.js'
import type { ClaimRules } from '../../verify/jwt/registered-claims.js'
import { acceptJwt } from '../../verify/jwt/remember-jwt.js'
import type { StandardResult } from '../../verify/jwt/standard-schema.js'
import { verifyJwt } from '../../verify/jwt/verify-jwt.js'
import { clientRules } from '../../verify/oauth/client-options.js'
import { createLegacyClaims, refusedBySchema } from './legacy-claims.js'
import { asList, type ParsedLegacyJwt } from './legacy-jwt-options.js'

/** Judges home-grown tokens, wherever their keys come from. */
export interface LegacyJudge {
  /** From the options. If the keys decide about the issuer or the client, these rules are replaced. */
  readonly rules: ClaimRules
  judge(jwt: UnverifiedJwt, keys: KeySource, rules: ClaimRules, now: number): MaybePromise<Verification>
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function createLegacyJudge(parsed: ParsedLegacyJwt): LegacyJudge {
  const { algorithms, family, isRevoked, schema } = parsed
  const legacy = createLegacyClaims(parsed)
  return {
    rules: claimRulesOf(parsed),
    judge: (jwt, keys, rules, now) =>
      andThen(verifyJwt(jwt, algorithms, keys, rules, now), (proof): MaybePromise<Verification> => {
        if (proof.outcome !== 'genuine') return proof
        const other = legacy.otherPurpose(jwt)
        if (other !== null) return rejected('credential_invalid', 'purpose', other)
        const caller = legacy.callerIn(jwt.claims)
        if ('outcome' in caller) return caller
        return andThen(validate(schema, jwt.claims), (result): MaybePromise<Verification> => {
          if (result.issues !== undefined) return refusedBySchema(result.issues)
          const secretIndex = family === 'hmac' ? proof.keyIndex : null
          const identity = legacy.identity(jwt, caller, deepFreeze(result.value), secretIndex)
          return acceptJwt(identity, proof, isRevoked)
        })
      }),
  }
}

function claimRulesOf(parsed: ParsedLegacyJwt): ClaimRules {
  const { purpose } = parsed
  return {
    clockToleranceSeconds: parsed.clockToleranceSeconds,
    issuers: asList(parsed.issuer),
    audiences: asList(parsed.audience),
    maxAgeSeconds: parsed.maxAgeSeconds ?? null,
    expOptional: parsed.acceptUnlimited !== undefined,
    ...clientRules(parsed),
    types: typeof purpose === 'object' && 'header' in purpose ? (asList(purpose.value) ?? []) : [],
  }
}

function validate(schema: ParsedLegacyJwt['schema'], claims: JsonObject): MaybePromise<StandardResult<unknown>> {
  return schema === undefined ? { value: claims } : promised(schema['~standard'].validate(claims))
}
