import type { Revocable } from '../cache/revocations.js'
import type { Principal } from '../identity/principal.js'

/**
 * The facts about a principal that revocations check.
 *
 * @param issuedAt Seconds since the epoch.
 * @param signInBegunAt Seconds since the epoch; null if nothing proves a sign-in.
 */
export function revocableOf(
  principal: Pick<Principal, 'verifier' | 'issuer' | 'subject' | 'id' | 'sessionId' | 'keyId'>,
  issuedAt: number | null,
  signInBegunAt: number | null,
): Omit<Revocable, 'value'> {
  const { verifier, issuer, subject, id, sessionId, keyId } = principal
  return {
    verifier,
    issuer,
    subject,
    principal: id,
    sessionId,
    keyId,
    issuedAt: milliseconds(issuedAt),
    signInBegunAt: milliseconds(signInBegunAt),
  }
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000
}
