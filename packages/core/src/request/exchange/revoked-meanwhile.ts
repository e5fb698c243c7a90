import * as crypto from '#crypto'
import type { Revocable } from '../../cache/revocations.js'
import type { Principal } from '../../identity/principal.js'
import type { Line } from '../line.js'
import type { OldSession } from './old-session.js'

/** What is asked again of the two sessions of an exchange. Without promises: an answer whose headers are committed cannot wait. */
export interface Watch {
  /** Whether the old credential was revoked. */
  isOldRevoked(): boolean
  /**
   * Whether either was. The minted session counts as dated like the old one: the person proved nothing since, so that what
   * revokes the one must not spare the other.
   */
  isRevoked(next: Principal): boolean
}

/** The hash of the old credential is made once, ahead of everything that may revoke it. */
export async function watchOf(
  { revocations, canonical }: Pick<Line, 'revocations' | 'canonical'>,
  { principal: old, credential }: Pick<OldSession, 'principal' | 'credential'>,
): Promise<Watch> {
  const sha256 = await crypto.sha256(canonical(credential.value))
  const isOldRevoked = (): boolean =>
    !revocations.isEmpty && revocations.coversHashed(revocable(old, old.issuedAt), sha256)
  return {
    isOldRevoked,
    isRevoked: (next) =>
      isOldRevoked() ||
      (!revocations.isEmpty && revocations.coversHashed(revocable(next, earlier(old.issuedAt, next.issuedAt)), null)),
  }
}

/** @param issuedAt Seconds since the epoch. */
function revocable({ verifier, id, sessionId, keyId }: Principal, issuedAt: number | null): Omit<Revocable, 'value'> {
  return { verifier, principal: id, sessionId, keyId, issuedAt: issuedAt === null ? null : issuedAt * 1000 }
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b)
}
