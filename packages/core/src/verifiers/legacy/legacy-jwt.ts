import type { KeySetOwner } from '../../keys/key-set/key-set.js'
import type { SecretList } from '../../keys/secrets/secret-list.js'
import type { VerifierAbout } from '../../route/about.js'
import { ANY_ISSUER } from '../../route/issuers.js'
import type { JsonObject } from '../../route/jwt.js'
import type { Shape } from '../../route/shape.js'
import type { OpenVerifier, Verifier } from '../../route/verifier.js'
import { acceptanceEnd, acceptancesOf, endlessUntil, untilEnded } from '../../verify/acceptance-end.js'
import { createLegacyJudge } from './judge-legacy.js'
import { asList, parseLegacyJwtOptions, type LegacyJwtOptions, type ParsedLegacyJwt } from './legacy-jwt-options.js'
import { openBalanced } from './open-balanced.js'
import { openDirectory } from './open-directory.js'
import { ownKeysOpener, readSecrets } from './open-own-keys.js'

/**
 * Verifies JWTs that the team signs itself, with or without `iss`, `aud` and `kid`.
 *
 * Decides that a token was signed by one of the configured keys with an accepted algorithm, has not expired, and is an
 * access token. Does not decide whether the account still exists (`link`) or what it may do (`authorize`).
 *
 * @returns a verifier; tokens are untrusted compact JWS of at most `maxCredentialBytes`.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see RFC 7515, RFC 7519, RFC 8725
 */
export function legacyJwt<const Name extends string, Claims = JsonObject>(
  options: LegacyJwtOptions<Name, Claims>,
  // Without NoInfer, a list of verifiers around this call would make the claims unknown.
): Verifier<Name, NoInfer<Claims>> {
  const parsed = parseLegacyJwtOptions(options)
  const secrets = readSecrets(parsed)
  const openKeys = openerOf(parsed, secrets)
  return {
    name: options.name,
    severalIssuers: parsed.issuers !== undefined || (asList(parsed.issuer)?.length ?? 0) > 1,
    shapes: [shapeOf(parsed)],
    secrets,
    about: aboutOf(parsed),
    clockToleranceSeconds: parsed.clockToleranceSeconds,
    open(context) {
      secrets?.warn(context.emit, parsed.name)
      if (parsed.acceptUnlimited !== undefined)
        context.emit({ type: 'unlimited_tokens', verifier: parsed.name, ...parsed.acceptUnlimited })
      const owner = { verifier: parsed.name, ...context }
      const weak = acceptanceEnd(parsed.acceptWeakSecret, 'acceptWeakSecret', owner)
      // The claims are what `schema` returns, or unchanged, as the option types say.
      const opened = openKeys(owner) as OpenVerifier<Claims>
      const unlimited = acceptanceEnd(parsed.acceptUnlimited, 'acceptUnlimited', owner)
      return { ...opened, verify: untilEnded(endlessUntil(opened.verify, unlimited), weak) }
    },
  }
}

function aboutOf({
  keySet,
  keySetOptions,
  acceptWeakSecret,
  acceptUnlimited,
  maxAgeSeconds,
}: ParsedLegacyJwt): VerifierAbout {
  const remote = keySet !== undefined && 'open' in keySet ? keySet.about : undefined
  return {
    kind: 'legacyJwt',
    keySets: remote === undefined ? [] : [remote.url],
    hasOwnFetch: remote?.hasOwnFetch ?? keySetOptions?.fetch !== undefined,
    acceptances: acceptancesOf({ acceptWeakSecret, acceptUnlimited }),
    requiresExpiry: acceptUnlimited === undefined && maxAgeSeconds === undefined,
  }
}

/** Chooses by where the keys come from. Mistakes in the app's own keys are thrown here, at construction. */
function openerOf(parsed: ParsedLegacyJwt, secrets: SecretList | null): (owner: KeySetOwner) => OpenVerifier {
  const judge = createLegacyJudge(parsed)
  const { loadBalancer, issuers } = parsed
  if (loadBalancer !== undefined) return (owner) => openBalanced(parsed, judge, loadBalancer, owner)
  if (issuers !== undefined) return (owner) => openDirectory(parsed, judge, issuers, owner)
  return ownKeysOpener(parsed, judge, secrets)
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
