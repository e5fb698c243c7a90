import { andThen, attempt, promised, type MaybePromise } from '../async/maybe-promise.js'
import type { Remembered } from '../cache/memory.js'
import type { Credential } from '../extract/credential.js'
import type { VerifiedIdentity, Verifier } from '../route/verifier.js'
import type { Line } from './line.js'
import { linkCandidate } from './link-candidate.js'
import type { Candidate, Unresolved } from './resolution.js'

/**
 * Uses a remembered result. The app's own revocation check is called every time, and `link` if its answer is too old.
 */
export function recall(line: Line, credential: Credential, known: Remembered): MaybePromise<Candidate | Unresolved> {
  const verifier = (line.verifiers[known.owner] as Verifier).name
  line.report.remembered(verifier, credential.carrier)
  const { isRevoked } = known
  return isRevoked === undefined
    ? linkRemembered(line, credential, verifier, known)
    : linkUnlessRevoked(line, credential, verifier, known, isRevoked)
}

function linkUnlessRevoked(
  line: Line,
  credential: Credential,
  verifier: string,
  known: Remembered,
  isRevoked: NonNullable<Remembered['isRevoked']>,
): MaybePromise<Candidate | Unresolved> {
  const { carrier } = credential
  return attempt(
    () =>
      andThen(promised(isRevoked()), (revokedByApp): MaybePromise<Candidate | Unresolved> =>
        revokedByApp
          ? { ok: false, code: 'credential_revoked', reason: 'revoked', verifier, carrier }
          : linkRemembered(line, credential, verifier, known),
      ),
    (cause): Unresolved => ({ ok: false, code: 'verifier_unavailable', reason: null, verifier, carrier, cause }),
  )
}

function linkRemembered(
  line: Line,
  credential: Credential,
  verifier: string,
  known: Remembered,
): MaybePromise<Candidate | Unresolved> {
  const { linked, identity } = known
  return linked !== null && (identity === null || known.linkedAt + line.linkMaxAgeMs > line.now())
    ? linked
    : linkCandidate(line, credential, verifier, { identity: identity as VerifiedIdentity }, known)
}
