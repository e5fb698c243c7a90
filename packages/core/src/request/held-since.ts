import type { AuthResult } from '../dual-auth.js'
import { NO_COOKIES } from '../http/set-cookie.js'
import type { Line } from './line.js'
import { revocableOf } from './revocable.js'

/**
 * Refuses a credential that was refreshed from one that a revocation covers: the new one is dated after the revocation,
 * but nobody has signed in since.
 *
 * @param heldSince Seconds since the epoch.
 */
export async function unlessRevokedSince(line: Line, result: AuthResult, heldSince: number): Promise<AuthResult> {
  if (!result.ok || line.revocations.isEmpty) return result
  const { principal, carrier, cookies } = result
  const since = (date: number | null): number | null => (date === null ? null : Math.min(heldSince, date))
  const revocable = revocableOf(principal, since(principal.issuedAt), since(line.signIns.get(principal) ?? null))
  // The credential itself was checked before.
  if (!line.revocations.coversHashed(revocable, null)) return result
  for (const cookie of cookies) cookie.endSession()
  const refused = { ok: false, code: 'credential_revoked', reason: 'revoked', carrier } as const
  const { verifier } = principal
  const error = line.report.refused({ ...refused, verifier })
  return { ok: false, error, reason: 'revoked', claim: null, verifier, carrier, cookies: NO_COOKIES }
}
