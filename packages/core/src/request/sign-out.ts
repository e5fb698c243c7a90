import * as crypto from '#crypto'
import type { Canonical, Revocation, WhyHeld } from '../cache/revocations.js'
import { AuthError } from '../errors/auth-error.js'
import type { Credential } from '../extract/credential.js'
import { extract, isWellFormed } from '../extract/extract.js'
import { headerView, type AuthRequest } from '../http/request.js'
import { present, type Presented } from '../route/shape.js'
import type { HeldSession, OpenVerifier, Rejected, RejectionCode, Verifier } from '../route/verifier.js'
import { judge } from '../verify/judge.js'
import { endEach, endOfSession, forget } from './end-session.js'
import { heldCookies } from './held-cookies.js'
import type { Line } from './line.js'
import { isAsked, mayPassOver } from './owners.js'

/** A cookie or bearer that no longer signs anybody in. */
export interface SignedOut {
  readonly verifier: string
  /** Null if it had no session and was itself revoked. */
  readonly sessionId: string | null
}

/** How credentials are ended, here and on other instances. */
export interface Ending {
  readonly canonical: Canonical
  end(revocation: Revocation): Promise<void>
  /** In this process only, and not permanently. */
  hold(sha256: string, why: WhyHeld): void
}

/** Per sign-out: an attacker who sets many cookies must not cause a provider call for each. */
const MOST_ASKED = 16

/**
 * Ends the session of each cookie and of the bearer of a request, but not later sign-ins to it, and each such
 * credential without a session. Every value of a name counts, even if a request with so many would be refused: cookies
 * set by a sibling subdomain must not keep the genuine one alive.
 *
 * @throws {AuthError} `store_unavailable`: a session that its cookie may spell otherwise cannot be told from others,
 *   because its store is away. The others are ended, and this spelling in this process.
 *   `credential_malformed`, reason `too_many_cookies`: some were not judged. The others are ended and
 *   are in `cause.ended`; those that were too many to ask another system about are ended in this process only.
 */
export async function signOut(line: Line, ending: Ending, request: AuthRequest): Promise<readonly SignedOut[]> {
  const { cookies, isAll } = heldCookies(line, request)
  const credentials = [...bearerOf(line, request), ...cookies]
  const asking = { left: MOST_ASKED }
  const found = await Promise.all(credentials.map((credential) => find(line, ending, present(credential), asking)))
  const ends = found.filter((one) => one !== null)
  const isUnasked = (_: Credential, place: number): boolean => found[place]?.isUnasked === true
  for (const { held, isUnasked } of ends)
    if (held !== null) ending.hold(held, isUnasked === true ? 'unasked' : 'outage')
  const settled = await Promise.allSettled([
    ...ends.flatMap(({ revocation }) => (revocation === null ? [] : [ending.end(revocation)])),
    endEach(
      line,
      credentials.filter((one, place) => !isUnasked(one, place)),
    ),
    ...credentials.filter(isUnasked).map((credential) => forget(line, credential)),
  ])
  // A revocation that cannot be published must not prevent the others.
  const failed = settled.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  const unknown = ends.find(({ cause }) => cause !== undefined)
  if (unknown !== undefined) throw new AuthError('store_unavailable', { cause: unknown.cause })
  const ended = ends.filter(({ isUnasked }) => isUnasked !== true).map(({ signedOut }) => signedOut)
  if (isAll && ended.length === ends.length) return ended
  throw new AuthError('credential_malformed', { reason: 'too_many_cookies', cause: inPart(ended) })
}

/** The caller may have to notify a provider of those that were ended. */
function inPart(ended: readonly SignedOut[]): Error {
  return Object.assign(new Error('signOut: there were too many cookies to judge each of them'), { ended })
}

/** An API key in the header is not ended: `find` excludes it. */
function bearerOf({ plan }: Line, request: AuthRequest): readonly Credential[] {
  const extraction = extract({ ...headerView(request), method: 'POST' }, plan)
  if (extraction.kind !== 'explicit' || extraction.credential.carrier !== 'bearer') return []
  return isWellFormed(extraction.credential) ? [extraction.credential] : []
}

interface Found {
  readonly signedOut: SignedOut
  /** Null if it cannot be judged now: it may be genuine, or forged junk. */
  readonly revocation: Revocation | null
  /** Its digest, if there is no revocation. */
  readonly held: string | null
  /** Why it cannot be judged, if its session has more spellings than the one that is held: it may go on in another. */
  readonly cause?: unknown
  /** True: its verifier was not asked, because there were more than `MOST_ASKED`. */
  readonly isUnasked?: true
}

/** Null if it signs nobody in, now or later. Junk is not kept, or anybody could fill every instance's memory. */
async function find(
  line: Line,
  { canonical }: Ending,
  cookie: Presented,
  asking: { left: number },
): Promise<Found | null> {
  const selection = line.router.select(cookie)
  if (selection.kind !== 'owned') return null
  const asked = await Promise.all(selection.owners.map((owner) => isAsked(line, owner)))
  const owners = selection.owners.filter((_, place) => asked[place])
  for (const owner of owners) {
    const held = await (line.open[owner] as OpenVerifier).sessionOf?.(cookie)
    if (held !== undefined && held !== null) return ofSession(line, owner, held)
  }
  if (owners.length === 0) return null
  if (owners.some((owner) => (line.verifiers[owner] as Verifier).asksElsewhere === true) && asking.left-- <= 0) {
    const signedOut = { verifier: nameOf(line, owners[0] as number), sessionId: null }
    return { signedOut, revocation: null, held: await crypto.sha256(canonical(cookie.value)), isUnasked: true }
  }
  // Not refreshed: a provider that is down or slow must not matter.
  const demand = { fresh: true, refresh: false, counted: true }
  const { owner, verification } = await judge(cookie, owners, line.open, demand, (one) =>
    mayPassOver(line, line.steering, one),
  )
  const verifier = nameOf(line, owner)
  if (verification.outcome === 'rejected' && isOver(verification)) return null
  // An API key is not a sign-in; it is replaced or revoked by its administrator.
  if (verification.outcome === 'accepted' && (verification.identity.keyId ?? null) !== null) return null
  if (verification.outcome === 'accepted' && verification.identity.sessionId !== null) {
    const { sessionId, issuer, subject, signInBegunAt = null } = verification.identity
    return ofSession(line, owner, { sessionId, issuer, subject, signInBegunAt })
  }
  const sha256 = await crypto.sha256(canonical(cookie.value))
  const signedOut = { verifier, sessionId: null }
  if (verification.outcome !== 'unavailable')
    return { signedOut, revocation: { kind: 'credential', sha256 }, held: null }
  const isOneSpelling = (line.open[owner] as OpenVerifier).sessionIdOf === undefined
  return { signedOut, revocation: null, held: sha256, ...(!isOneSpelling && { cause: verification.cause }) }
}

const OVER: readonly RejectionCode[] = [
  'credential_missing',
  'credential_invalid',
  'credential_expired',
  'credential_revoked',
]

/**
 * Whether it is finally refused. A genuine one that, by its issuer's clock, becomes valid in a moment would sign in
 * then.
 */
function isOver({ code, reason }: Rejected): boolean {
  return OVER.includes(code) && reason !== 'not_yet_valid'
}

function ofSession(line: Line, owner: number, held: HeldSession): Found {
  const verifier = nameOf(line, owner)
  const { sessionId } = held
  return { signedOut: { verifier, sessionId }, revocation: endOfSession(verifier, held, line.now()), held: null }
}

function nameOf({ verifiers }: Line, owner: number): string {
  return (verifiers[owner] as Verifier).name
}
