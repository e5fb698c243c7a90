import { andThen, promised, type MaybePromise } from '../../async/maybe-promise.js'
import type { PublicJwk } from '../../crypto/port.js'
import { usableKeys } from '../../keys/key-set/fetch-key-set.js'
import type { FindIssuer } from '../../keys/key-set/issuer-directory.js'
import { openIssuerDirectory } from '../../keys/key-set/issuer-keys.js'
import type { KeySetOwner } from '../../keys/key-set/key-set.js'
import { localKeys, secretKeys, type KeySource } from '../../keys/key-set/key-source.js'
import { createSecretList, hashBytes, type SecretList } from '../../keys/secrets/secret-list.js'
import { ANY_ISSUER } from '../../route/issuers.js'
import { own, type JsonObject, type UnverifiedJwt } from '../../route/jwt.js'
import type { Shape } from '../../route/shape.js'
import { rejected, type OpenVerifier, type Verification, type Verifier } from '../../route/verifier.js'
import { optionError } from '../../settings/options.js'
import {
  parseLegacyJwtOptions,
  publicAlgorithms,
  type LegacyJwtOptions,
  type ParsedLegacyJwt,
} from './legacy-jwt-options.js'
import { deepFreeze, idIn } from '../../verify/jwt/mapped-claims.js'
import { clientRules } from '../../verify/oauth/client-options.js'
import { createLegacyClaims, refusedBySchema, type LegacyClaims } from './legacy-claims.js'
import { isOfClient, openLoadBalancer, type LoadBalancer } from './load-balancer.js'
import { acceptanceEnd, endlessUntil, untilEnded } from '../../verify/acceptance-end.js'
import { keysForIssuer } from '../../verify/jwt/keys-for-issuer.js'
import { acceptJwt } from '../../verify/jwt/remember-jwt.js'
import type { ClaimRules } from '../../verify/jwt/registered-claims.js'
import type { StandardResult } from '../../verify/jwt/standard-schema.js'
import { verifyJwt } from '../../verify/jwt/verify-jwt.js'

const DEFAULT_CLOCK_TOLERANCE_SECONDS = 5

/**
 * Judges JWTs that the team signs itself, with or without `iss`, `aud` and `kid`.
 *
 * Decides that a token was signed by one of the configured keys with a pinned algorithm, is
 * current, and is an access token. Does not decide whether the account still exists (`link`) or
 * what it may do (`authorize`).
 *
 * @returns a verifier; tokens are untrusted compact JWS of at most `maxCredentialBytes`.
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @see RFC 7515, RFC 7519, RFC 8725
 */
export function legacyJwt<const Name extends string, Claims = JsonObject>(
  options: LegacyJwtOptions<Name, Claims>,
  // Without NoInfer, a list of verifiers around this call would make the claims unknown.
): Verifier<Name, NoInfer<Claims>> {
  const parsed = parseLegacyJwtOptions(options)
  const secrets = readSecrets(parsed)
  const openKeys = parsed.issuers === undefined && parsed.loadBalancer === undefined ? keysOf(parsed, secrets) : null
  const legacy = createLegacyClaims(parsed)

  function openLegacy(owner: KeySetOwner): OpenVerifier<Claims> {
    if (parsed.loadBalancer !== undefined)
      return openBalanced(parsed, legacy, parsed.loadBalancer, owner) as OpenVerifier<Claims>
    if (openKeys === null)
      return openDirectory(parsed, legacy, parsed.issuers as FindIssuer, owner) as OpenVerifier<Claims>
    const rules = claimRulesOf(parsed)
    const keys = openKeys(owner)
    return {
      verify: (credential) =>
        judge(parsed, legacy, keys, rules, credential.jwt() as UnverifiedJwt, owner.now()) as MaybePromise<
          Verification<Claims>
        >,
      ready: () => keys.ready(),
      close: () => keys.close(),
    }
  }

  return {
    name: options.name,
    severalIssuers: parsed.issuers !== undefined || (asList(parsed.issuer)?.length ?? 0) > 1,
    shapes: [shapeOf(parsed)],
    secrets,
    clockToleranceSeconds: parsed.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    open(context) {
      secrets?.warn(context.emit, parsed.name)
      if (parsed.acceptUnlimited !== undefined)
        context.emit({ type: 'unlimited_tokens', verifier: parsed.name, ...parsed.acceptUnlimited })
      const owner = { verifier: parsed.name, ...context }
      const weak = acceptanceEnd(parsed.acceptWeakSecret, 'acceptWeakSecret', owner)
      const opened = openLegacy(owner)
      const unlimited = acceptanceEnd(parsed.acceptUnlimited, 'acceptUnlimited', owner)
      return { ...opened, verify: untilEnded(endlessUntil(opened.verify, unlimited), weak) }
    },
  }
}

function readSecrets(parsed: ParsedLegacyJwt): SecretList | null {
  if (parsed.secrets === undefined) return null
  const minimumBytes = Math.max(...parsed.algorithms.map(hashBytes))
  return createSecretList(
    parsed.secrets,
    { minimumBytes, acceptWeakSecret: parsed.acceptWeakSecret },
    `${parsed.owner}.secrets`,
    Date.now(),
  )
}

/** Keys by the issuer that a token names, as far as the app knows it. */
function openDirectory(
  parsed: ParsedLegacyJwt,
  legacy: LegacyClaims,
  find: FindIssuer,
  owner: KeySetOwner,
): OpenVerifier {
  const path = `${parsed.owner}.issuers`
  const { algorithms, acceptWeakSecret, keySetOptions, issuersMaxAgeMs } = parsed
  const keyRules = { path, algorithms, acceptWeakSecret, keySetOptions }
  const directory = openIssuerDirectory(find, issuersMaxAgeMs, keyRules, owner)
  const rules = claimRulesOf(parsed)
  return {
    verify(credential) {
      const jwt = credential.jwt() as UnverifiedJwt
      const issuer = String(own(jwt.claims, 'iss'))
      return andThen(directory.keysOf(issuer), (keys) =>
        keys === null
          ? rejected('credential_invalid', 'issuer')
          : judge(parsed, legacy, keysForIssuer(keys, issuer), { ...rules, issuers: [issuer] }, jwt, owner.now()),
      )
    },
    ready: async () => {},
    close: () => directory.close(),
  }
}

/** Keys by the load balancer that a token names; its client is judged here, because only the header states it. */
function openBalanced(
  parsed: ParsedLegacyJwt,
  legacy: LegacyClaims,
  loadBalancer: LoadBalancer,
  owner: KeySetOwner,
): OpenVerifier {
  const balancers = openLoadBalancer(loadBalancer, parsed.keySetOptions, parsed.owner, owner)
  const rules = { ...claimRulesOf(parsed), clients: null }
  return {
    verify(credential) {
      const jwt = credential.paddedJwt() as UnverifiedJwt
      const keys = balancers.keysOf(jwt)
      if (keys === null) return rejected('credential_invalid', 'issuer', 'header.signer')
      return andThen(judge(parsed, legacy, keys, rules, jwt, owner.now()), (verification) =>
        verification.outcome === 'accepted' && !isOfClient(jwt, parsed.clientId)
          ? rejected('credential_invalid', 'audience', 'header.client')
          : verification,
      )
    },
    ready: async () => {},
    close: () => balancers.close(),
  }
}

/** The app's own keys are read at once, so that a wrong one fails construction; a key set is opened per instance. */
function keysOf(parsed: ParsedLegacyJwt, secrets: SecretList | null): (owner: KeySetOwner) => KeySource {
  const { keys, keySet } = parsed
  if (keySet !== undefined && 'open' in keySet) return (owner) => keySet.open(owner)
  if (secrets !== null) return () => secretKeys(secrets)
  const path = `${parsed.owner}.${keys === undefined ? 'keySet.keys' : 'keys'}`
  const local = localKeys(keys ?? entriesOf(keySet, parsed.owner), publicAlgorithms(parsed), path)
  return () => local
}

function entriesOf(keySet: { readonly keys: readonly PublicJwk[] } | undefined, owner: string): readonly PublicJwk[] {
  const entries = keySet?.keys ?? []
  const { keys, skipped } = usableKeys(entries)
  if (keys.length === 0 || skipped > 0)
    throw optionError(`${owner}.keySet`, 'holds a key that must not verify, or none at all')
  return entries
}

function shapeOf(parsed: ParsedLegacyJwt): Shape {
  return {
    kind: 'jwt',
    carriage: parsed.carriage,
    algorithms: parsed.algorithms,
    issuers: parsed.issuers === undefined ? asList(parsed.issuer) : [ANY_ISSUER],
    audiences: asList(parsed.audience),
    keyIds: null,
    ...(parsed.loadBalancer !== undefined && { padded: true }),
  }
}

function claimRulesOf(parsed: ParsedLegacyJwt): ClaimRules {
  const { purpose } = parsed
  return {
    clockToleranceSeconds: parsed.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    issuers: asList(parsed.issuer),
    audiences: asList(parsed.audience),
    maxAgeSeconds: parsed.maxAgeSeconds ?? null,
    expOptional: parsed.acceptUnlimited !== undefined,
    ...clientRules(parsed),
    types: typeof purpose === 'object' && 'header' in purpose ? (asList(purpose.value) ?? []) : [],
  }
}

function judge(
  parsed: ParsedLegacyJwt,
  legacy: LegacyClaims,
  keys: KeySource,
  rules: ClaimRules,
  jwt: UnverifiedJwt,
  now: number,
): MaybePromise<Verification> {
  return andThen(verifyJwt(jwt, parsed.algorithms, keys, rules, now), (proof): MaybePromise<Verification> => {
    if (proof.outcome !== 'genuine') return proof
    const other = legacy.otherPurpose(jwt)
    if (other !== null) return rejected('credential_invalid', 'purpose', other)
    const subject = idIn(legacy.subject.read(jwt.claims))
    if (subject === null) return rejected('credential_invalid', 'claims', legacy.subject.name)
    return andThen(validate(parsed, jwt.claims), (result): MaybePromise<Verification> => {
      if (result.issues !== undefined) return refusedBySchema(result.issues)
      const secretIndex = parsed.family === 'hmac' ? proof.keyIndex : null
      const identity = legacy.identity(jwt, subject, deepFreeze(result.value), secretIndex)
      return acceptJwt(identity, proof, parsed.isRevoked)
    })
  })
}

function validate({ schema }: ParsedLegacyJwt, claims: JsonObject): MaybePromise<StandardResult<unknown>> {
  return schema === undefined ? { value: claims } : promised(schema['~standard'].validate(claims))
}

function asList(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null
  return typeof value === 'string' ? [value] : value
}
