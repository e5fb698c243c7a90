import { andThen, promised, type MaybePromise } from '../../async/maybe-promise.js'
import { rejected, type Accepted, type Verification, type VerifiedIdentity } from '../../route/verifier.js'
import type { GenuineJwt } from './verify-jwt.js'

/**
 * A token is remembered until it expires or its key is withdrawn. The app's `isRevoked` is called now and each time the
 * token is used again.
 */
export function acceptJwt<Claims>(
  identity: VerifiedIdentity<Claims>,
  { isCurrent }: Pick<Extract<GenuineJwt, { outcome: 'genuine' }>, 'isCurrent'>,
  isRevoked: ((identity: VerifiedIdentity<Claims>) => MaybePromise<boolean>) | undefined,
): MaybePromise<Verification<Claims>> {
  const until = identity.expiresAt === null ? Number.POSITIVE_INFINITY : identity.expiresAt * 1000
  const remember =
    isRevoked === undefined ? { until, isCurrent } : { until, isCurrent, isRevoked: () => isRevoked(identity) }
  const accepted: Accepted<Claims> = { outcome: 'accepted', identity, remember }
  return andThen(promised(isRevoked?.(identity)), (revoked) =>
    revoked ? rejected('credential_revoked', 'revoked') : accepted,
  )
}
