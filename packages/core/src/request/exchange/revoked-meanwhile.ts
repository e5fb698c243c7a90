import * as crypto from '#crypto'
import type { Principal } from '../../identity/principal.js'
import type { Line } from '../line.js'
import { revocableOf } from '../revocable.js'
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
