import { andThen } from '../../async/maybe-promise.js'
import type { KeySetOwner } from '../../keys/key-set/key-set.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import { rejected, type OpenVerifier } from '../../route/verifier.js'
import type { LegacyJudge } from './judge-legacy.js'
import type { ParsedLegacyJwt } from './legacy-jwt-options.js'
import { isOfClient, openLoadBalancer, type LoadBalancer } from './load-balancer.js'

/**
 * Selects keys by the load balancer that a token names. The client is checked here, because only the header states it.
 */
export function openBalanced(
  parsed: ParsedLegacyJwt,
  { judge, rules: stated }: LegacyJudge,
  loadBalancer: LoadBalancer,
  owner: KeySetOwner,
): OpenVerifier {
  const balancers = openLoadBalancer(loadBalancer, parsed.keySetOptions, parsed.owner, owner)
  const rules = { ...stated, clients: null }
  return {
    verify(credential) {
      const jwt = credential.paddedJwt() as UnverifiedJwt
      const keys = balancers.keysOf(jwt)
      if (keys === null) return rejected('credential_invalid', 'issuer', 'header.signer')
      return andThen(judge(jwt, keys, rules, owner.now()), (verification) =>
        verification.outcome === 'accepted' && !isOfClient(jwt, parsed.clientId)
          ? rejected('credential_invalid', 'audience', 'header.client')
          : verification,
      )
    },
    ready: async () => {},
    close: () => balancers.close(),
  }
}
