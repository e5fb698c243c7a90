import type { KeySource } from '../../keys/key-set/key-source.js'
import { insecureHostOf } from '../../keys/key-set/key-set-options.js'
import type { VerifierAbout } from '../../route/about.js'
import { carries } from '../../route/carriers.js'
import { namedPart } from '../../route/issuers.js'
import type { JsonObject, UnverifiedJwt } from '../../route/jwt.js'
import type { JwtShape, Presented } from '../../route/shape.js'
import { own } from '../../settings/own.js'
import { rejected, type Verification, type Verifier, type VerifierContext } from '../../route/verifier.js'
import { idIn, textIn } from '../../verify/jwt/mapped-claims.js'
import { acceptJwt } from '../../verify/jwt/remember-jwt.js'
import { expiryOf } from '../../verify/jwt/registered-claims.js'
import { verifyJwt } from '../../verify/jwt/verify-jwt.js'
import { accessTokenProblem } from './access-token.js'
import type { OidcClaims } from './claims.js'
import { metadataUrls } from './discovery.js'
import { openKeys, type OpenKeys } from './open-keys.js'
import { idTokenProblem } from './id-token.js'
import { parseOidcOptions, type OidcOptions, type ParsedOidc } from './options.js'
import type { OidcSessionParts } from './session/session-port.js'

/**
 * Verifies JWT access tokens of one OAuth or OpenID Connect provider, with the key set from its metadata.
 *
 * Decides signature, issuer, audience, `exp`, and that it is an access token. Does not ask the provider whether the
 * token was revoked (`introspection` does). Nothing is fetched before the first token or `ready()`, and never from an
 * address in a token.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see RFC 9068, RFC 8414, OpenID Connect Discovery 1.0
 */
export function oidc<const Name extends string>(options: OidcOptions<Name>): Verifier<Name, OidcClaims> {
  const parsed = parseOidcOptions(options)
  const { session } = parsed
  const accessToken: JwtShape = {
    kind: 'jwt',
    carriage: parsed.carriage,
    algorithms: parsed.algorithms,
    issuers: [parsed.issuer],
    audiences: parsed.audiences,
    keyIds: null,
  }
  const isSealed = ({ carrier, name }: Presented): boolean =>
    session !== null && carries(session.shape.carriage, carrier, name)
  return {
    name: options.name,
    severalIssuers: parsed.tenant !== null || parsed.issuers !== null,
    shapes: session === null ? [accessToken] : [accessToken, session.shape],
    clockToleranceSeconds: parsed.clockToleranceSeconds,
    reads: { session, issuer: parsed.issuer },
    secrets: session?.passwords ?? null,
    about: aboutOf(parsed),
    canonical: session?.canonical,
    open(context) {
      const keys = openKeys(parsed, { verifier: parsed.name, ...context })
      const sessions = session?.open(sessionParts(parsed, keys, context))
      return {
        verify: async (credential, demand) => {
          if (sessions !== undefined && isSealed(credential)) return sessions.verify(credential, demand)
          const jwt = credential.jwt() as UnverifiedJwt
          const found = await keys.of(jwt)
          return found === null ? rejected('credential_invalid', 'issuer') : judge(parsed, found, context, jwt)
        },
        endSession: async (credential) => (isSealed(credential) ? sessions?.endSession(credential) : undefined),
        sessionOf: async (credential) => (isSealed(credential) && (await sessions?.sessionOf(credential))) || null,
        ready: async () => void (await Promise.all([keys.ready(), sessions?.ready()])),
        close: () => {
          keys.close()
          sessions?.close()
        },
      }
    },
  }
}

function aboutOf({ issuer, issuers, keySetUrl, keySetOptions, session }: ParsedOidc): VerifierAbout {
  const isDiscovered = issuers === null && keySetUrl === null
  return {
    kind: 'oidc',
    keySets: keySetUrl === null ? [] : [keySetUrl],
    metadata: isDiscovered ? metadataUrls(issuer) : [],
    hasOwnFetch: keySetOptions.fetch !== undefined,
    refreshes: session?.refreshes ?? null,
  }
}

function sessionParts(parsed: ParsedOidc, keys: OpenKeys, context: VerifierContext): OidcSessionParts {
  const { name: verifier, issuer, identity, algorithms, clockToleranceSeconds, keySetOptions } = parsed
  return {
    verifier,
    issuer,
    identity,
    context,
    fetch: keySetOptions.fetch,
    insecure: insecureHostOf(keySetOptions),
    async idTokenProblem(jwt, clientId) {
      const found = await keys.of(jwt)
      const rules = { issuer, clientId, algorithms, clockToleranceSeconds }
      return found === null ? { reason: 'issuer' } : idTokenProblem(jwt, found, rules, context.now())
    },
  }
}

async function judge(
  parsed: ParsedOidc,
  keys: KeySource,
  context: VerifierContext,
  jwt: UnverifiedJwt,
): Promise<Verification<OidcClaims>> {
  // Routing accepted only issuers that match the option; from here on, the concrete issuer counts.
  const issuer = String(own(jwt.claims, 'iss'))
  const rules = {
    clockToleranceSeconds: parsed.clockToleranceSeconds,
    issuers: [issuer],
    audiences: parsed.audiences,
    maxAgeSeconds: null,
    ...parsed.clientRules,
  }
  const proof = await verifyJwt(jwt, parsed.algorithms, keys, rules, context.now())
  if (proof.outcome !== 'genuine') return proof
  const problem = accessTokenProblem(jwt, parsed.profile)
  if (problem !== null) return rejected('credential_invalid', problem.reason, problem.claim)
  if (!(await isOfTenant(parsed, issuer, jwt.claims)))
    return rejected('credential_invalid', 'issuer', parsed.tenant?.claim.name)
  const { identity: reader } = parsed
  const subject = idIn(reader.subject.read(jwt.claims))
  if (subject === null) return rejected('credential_invalid', 'claims', reader.subject.name)
  const proved = {
    issuer,
    subject,
    claims: jwt.claims as OidcClaims,
    expiresAt: expiryOf(jwt, null),
  }
  const read = await reader.read(proved)
  if (read.outcome !== 'accepted') return read
  return whileAllowed(parsed, issuer, await acceptJwt(read.identity, proof, undefined))
}

/** A directory's keys sign for all of its tenants, so issuer and claim must name the same tenant. */
async function isOfTenant(
  { issuer: pattern, tenant }: ParsedOidc,
  issuer: string,
  claims: JsonObject,
): Promise<boolean> {
  if (tenant === null) return true
  const named = namedPart(pattern, issuer)
  return named !== null && textIn(tenant.claim.read(claims)) === named && (await tenant.allows(named)) === true
}

/** If a function of the app decides about a tenant, it is also called for remembered results. */
function whileAllowed<V extends Verification<OidcClaims>>(
  { issuer: pattern, tenant }: ParsedOidc,
  issuer: string,
  judged: V,
): V {
  if (tenant === null || !tenant.changes || judged.outcome !== 'accepted' || judged.remember === undefined)
    return judged
  const named = namedPart(pattern, issuer) as string
  return { ...judged, remember: { ...judged.remember, isRevoked: async () => (await tenant.allows(named)) !== true } }
}
