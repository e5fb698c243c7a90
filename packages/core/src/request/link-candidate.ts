import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { Remembered } from '../cache/memory.js'
import type { Credential } from '../extract/credential.js'
import { linkIdentity } from '../identity/link.js'
import type { Accepted } from '../route/verifier.js'
import type { Line } from './line.js'
import type { Candidate, Unresolved } from './resolution.js'

/** Asks `link` for the account, and remembers the answer as long as it may be used. */
export function linkCandidate(
  line: Line,
  { carrier, name }: Pick<Credential, 'carrier' | 'name'>,
  verifier: string,
  { identity, cookies, signals }: Pick<Accepted, 'identity' | 'cookies' | 'signals'>,
  remembered: Remembered | null,
): MaybePromise<Candidate | Unresolved> {
  const askedAt = line.now()
  return andThen(linkIdentity(verifier, identity, line.link), (linked): Candidate | Unresolved => {
    if (!linked.ok) {
      if (remembered !== null) keepLinked(line, remembered, null, askedAt)
      return { ...linked, reason: null, verifier, carrier, cookies }
    }
    const { principal } = linked
    const { signInBegunAt = null } = identity
    if (signInBegunAt !== null) line.signIns.set(principal, signInBegunAt)
    line.principals.set(principal, line.linkMaxAgeMs === Number.POSITIVE_INFINITY ? null : identity)
    const candidate: Candidate = Object.freeze({
      ok: true,
      principal,
      carrier,
      name,
      cookies,
      signals,
      identity: line.organization === null ? null : identity,
    })
    if (remembered !== null) keepLinked(line, remembered, candidate, askedAt)
    return candidate
  })
}

/** Answers may overtake each other: the one to the later call counts, even if it is a refusal. */
function keepLinked(
  { linkMaxAgeMs }: Line,
  remembered: Remembered,
  candidate: Candidate | null,
  askedAt: number,
): void {
  if (linkMaxAgeMs === 0 || askedAt < remembered.linkedAt) return
  remembered.linked = candidate
  remembered.linkedAt = askedAt
  // `linked` is kept without limit, so the identity is not needed again.
  if (candidate !== null && linkMaxAgeMs === Number.POSITIVE_INFINITY) remembered.identity = null
}
