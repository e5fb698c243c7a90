import type { MaybePromise } from '../keys/crypto.js'
import type { Accepted, VerifiedIdentity } from '../route/verifier.js'
import type { GenuineJwt } from './verify-jwt.js'

/**
 * A token is remembered until it ends or its key is gone. The app's `isRevoked` is asked now and
 * every time that it comes again.
 *
 * @returns null when it is revoked.
 */
export async function acceptJwt<Claims>(
  identity: VerifiedIdentity<Claims>,
  { isCurrent }: Extract<GenuineJwt, { outcome: 'genuine' }>,
  isRevoked: ((identity: VerifiedIdentity<Claims>) => MaybePromise<boolean>) | undefined,
): Promise<Accepted<Claims> | null> {
  if (await isRevoked?.(identity)) return null
  const until = identity.expiresAt === null ? Number.POSITIVE_INFINITY : identity.expiresAt * 1000
  const remember =
    isRevoked === undefined ? { until, isCurrent } : { until, isCurrent, isRevoked: () => isRevoked(identity) }
  return { outcome: 'accepted', identity, remember }
}
