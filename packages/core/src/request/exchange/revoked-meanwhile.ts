import * as crypto from '#crypto'
import type { Principal } from '../../identity/principal.js'
import type { Line } from '../line.js'
import { revocableOf } from '../revocable.js'
import type { OldSession } from './old-session.js'

/**
 * Checks the two sessions of an exchange again. Without promises, because an answer whose headers are being committed
 * cannot wait.
 */
export interface Watch {
  /** Whether the old credential was revoked. */
  isOldRevoked(): boolean
  /**
   * Whether either was revoked. The new session counts as issued when the old one was: the person has proved nothing
   * since, so a revocation of one must not spare the other.
   */
  isRevoked(next: Principal): boolean
}

/** The hash of the old credential is computed once, before anything may revoke it. */
export async function watchOf(
  { revocations, canonical, signIns }: Pick<Line, 'revocations' | 'canonical' | 'signIns'>,
  { principal: old, credential }: Pick<OldSession, 'principal' | 'credential'>,
): Promise<Watch> {
  const sha256 = await crypto.sha256(canonical(credential.value))
  const revocable = revocableOf(old, old.issuedAt, signIns.get(old) ?? null)
  const isOldRevoked = (): boolean => !revocations.isEmpty && revocations.coversHashed(revocable, sha256)
  return {
    isOldRevoked,
    isRevoked: (next) =>
      isOldRevoked() ||
      (!revocations.isEmpty &&
        revocations.coversHashed(revocableOf(next, earlier(old.issuedAt, next.issuedAt), null), null)),
  }
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b)
}
