import type { RejectionReason } from '../../events/events.js'
import { rejected, type Verification } from '../../route/verifier.js'
import { identityOf } from '../../verify/identity.js'
import { deepFreeze } from '../../verify/jwt/mapped-claims.js'
import type { RemoteAnswer, RemoteClaims } from './protocol.js'

/** The maximum tolerance of a verifier at the service: only an answer that was delayed on the way is older. */
const TOLERANCE_SECONDS = 300

/**
 * The meaning of an answer here, without cookies.
 *
 * @param now Milliseconds since the epoch.
 */
export function readVerification(answer: RemoteAnswer, issuer: string, now: number): Verification<RemoteClaims> {
  switch (answer.outcome) {
    case 'not-mine':
      return { outcome: 'not-mine' }
    case 'ended':
      return cannotTell('the service verified nothing')
    case 'unavailable':
      return { ...cannotTell('the service cannot tell'), ...retryAfterOf(answer) }
    case 'rejected': {
      const reason = (answer.reason ?? 'remote') as RejectionReason
      const { code, claim = null, linkReason, notice } = answer
      const next = code === 'legacy_retired' ? { notice } : {}
      return { ...rejected(code, reason, claim), linkReason, ...next, ...retryAfterOf(answer) }
    }
    case 'accepted': {
      const { id, origin, ...rest } = answer.identity
      if (rest.expiresAt !== null && (rest.expiresAt + TOLERANCE_SECONDS) * 1000 <= now)
        return { outcome: 'rejected', code: 'credential_expired', reason: 'expired' }
      const identity = identityOf({ ...rest, issuer, subject: id, claims: deepFreeze(origin) })
      // In version 2, a wildcard may come from a provider.
      const own = answer.version === 2 ? identity : { ...identity, ownPermissions: true }
      return { outcome: 'accepted', identity: own, signals: answer.signals }
    }
  }
}

export function cannotTell(why: string): Extract<Verification, { outcome: 'unavailable' }> {
  return { outcome: 'unavailable', cause: new Error(`remote: ${why}`) }
}

function retryAfterOf({ retryAfterSeconds }: { readonly retryAfterSeconds: number | null }) {
  return retryAfterSeconds === null ? {} : { retryAfterSeconds }
}
