import { andThen, attempt, isPending, type MaybePromise } from '../async/maybe-promise.js'
import type { Credential } from '../extract/credential.js'
import type { HeaderView } from '../http/request.js'
import type { Principal } from '../identity/principal.js'
import { actingFor } from '../identity/principal-of.js'
import type { Line } from './line.js'
import { namingRequest, type NameOrganization } from './organization.js'
import { revocableOf } from './revocable.js'
import type { Candidate, Resolution, Unresolved } from './resolution.js'

/**
 * Checks for this request alone, after everything that requests share and also for remembered answers: is the
 * credential revoked, and for which organization does this request act?
 */
export function admit(
  line: Line,
  view: HeaderView,
  credential: Credential,
  candidate: Candidate,
): MaybePromise<Resolution> {
  const revoked = !line.revocations.isEmpty && isRevoked(line, credential, candidate.principal)
  return isPending(revoked)
    ? revoked.then((late) => admitUnlessRevoked(line, view, candidate, late))
    : admitUnlessRevoked(line, view, candidate, revoked)
}

function admitUnlessRevoked(
  line: Line,
  view: HeaderView,
  candidate: Candidate,
  revoked: boolean,
): MaybePromise<Resolution> {
  return revoked ? refuse(candidate, 'credential_revoked', 'revoked') : actForNamed(line, view, candidate)
}

/** Whether this process knows a revocation of the principal, its session, its verifier or the credential itself. */
export function isRevoked(
  { revocations, signIns }: Pick<Line, 'revocations' | 'signIns'>,
  { value }: Pick<Credential, 'value'>,
  principal: Principal,
): MaybePromise<boolean> {
  return revocations.covers({ ...revocableOf(principal, principal.issuedAt, signIns.get(principal) ?? null), value })
}

function actForNamed(line: Line, view: HeaderView, candidate: Candidate): MaybePromise<Resolution> {
  return line.organization === null ? candidate : askOrganization(line, line.organization, view, candidate)
}

function askOrganization(
  line: Line,
  organization: NameOrganization,
  view: HeaderView,
  candidate: Candidate,
): MaybePromise<Resolution> {
  return attempt(
    () => andThen(organization(namingRequest(view)), (named) => actFor(line, candidate, named)),
    (cause): Unresolved => ({ ...refuse(candidate, 'account_unavailable', null), cause }),
  )
}

function actFor(line: Line, candidate: Candidate, named: string | null | undefined): Resolution {
  const { principal, carrier, name, cookies, signals } = candidate
  if (named === undefined || named === principal.organization) return candidate
  if (named !== null && typeof named !== 'string')
    throw new TypeError('organization: must name an id, null or undefined')
  // The candidate has an identity if the instance has the option; if the option was given for this request only, the
  // principal's is used. With `link` by subject there is none, and nobody acts for another organization.
  const identity = candidate.identity ?? line.principals.get(principal) ?? null
  const acting = identity === null ? null : actingFor(principal, identity, named)
  if (identity === null || acting === null)
    return { ...refuse(candidate, 'organization_mismatch', 'organization'), accountId: principal.id }
  line.principals.set(acting, identity)
  const signInBegunAt = line.signIns.get(principal)
  if (signInBegunAt !== undefined) line.signIns.set(acting, signInBegunAt)
  return { ok: true, principal: acting, carrier, name, cookies, signals }
}

function refuse(
  { principal: { verifier }, carrier, cookies }: Candidate,
  code: 'credential_revoked' | 'organization_mismatch' | 'account_unavailable',
  reason: Unresolved['reason'],
): Unresolved {
  if (code !== 'credential_revoked') return { ok: false, code, reason, verifier, carrier, cookies }
  // A session refreshed before the revocation was found must not outlive it.
  for (const cookie of cookies ?? []) cookie.endSession()
  return { ok: false, code, reason, verifier, carrier }
}
