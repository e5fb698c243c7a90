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

/** What a cookie or a bearer of a request was, that signs nobody in any more. */
export interface SignedOut {
  readonly verifier: string
  /** Null: it was of no session, and was ended itself. */
  readonly sessionId: string | null
}

/** How what was found is ended, here and at the other instances. */
export interface Ending {
  readonly canonical: Canonical
  end(revocation: Revocation): Promise<void>
  /** Here alone, and not for ever. */
  hold(sha256: string, why: WhyHeld): void
}

/** Of one sign-out. Whoever tosses cookies must not have a provider asked about each of them. */
const MOST_ASKED = 16

/**
 * Ends each session that the cookies and the bearer of a request are of, but for a sign-in to it that begins later, and each credential
 * that is of none. Every value of a name counts, also where a request with so many would be refused: what a sibling subdomain tossed
 * must not keep the genuine one alive.
 *
 * @throws {AuthError} `credential_malformed`, reason `too_many_cookies`: some were not judged. The others are ended; so are, here alone, those
 * that were too many to ask another system about. `cause.ended` names the former.
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
  // What cannot be published must not keep the others from being ended.
  const failed = settled.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  const ended = ends.filter(({ isUnasked }) => isUnasked !== true).map(({ signedOut }) => signedOut)
  if (isAll && ended.length === ends.length) return ended
  throw new AuthError('credential_malformed', { reason: 'too_many_cookies', cause: inPart(ended) })
}

/** Their provider may have to hear of those that were ended. */
function inPart(ended: readonly SignedOut[]): Error {
  return Object.assign(new Error('signOut: there were too many cookies to judge each of them'), { ended })
}

/** A header holds no API key that would be ended: `find` sees to it. */
function bearerOf({ plan }: Line, request: AuthRequest): readonly Credential[] {
  const extraction = extract({ ...headerView(request), method: 'POST' }, plan)
  if (extraction.kind !== 'explicit' || extraction.credential.carrier !== 'bearer') return []
  return isWellFormed(extraction.credential) ? [extraction.credential] : []
}

interface Found {
  readonly signedOut: SignedOut
  /** Null: it cannot be judged now, so that it may be genuine, and may be junk that anybody made up. */
  readonly revocation: Revocation | null
  /** Its digest, where there is no revocation. */
  readonly held: string | null
  /** Its verifier was not asked: there were more than `MOST_ASKED`. */
  readonly isUnasked?: true
}

/** Null: it signs nobody in, now or later. Junk is not kept, or anybody could fill the memory of every instance. */
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
  // Not refreshed: a provider that is away, or slow, has no say in it.
  const demand = { fresh: true, refresh: false, counted: true }
  const { owner, verification } = await judge(cookie, owners, line.open, demand, (one) =>
    mayPassOver(line, line.steering, one),
  )
  const verifier = nameOf(line, owner)
  if (verification.outcome === 'rejected' && isOver(verification)) return null
  // A key is replaced or revoked by whoever administers it; it is signed in nowhere.
  if (verification.outcome === 'accepted' && (verification.identity.keyId ?? null) !== null) return null
  if (verification.outcome === 'accepted' && verification.identity.sessionId !== null) {
    const { sessionId, issuer, subject, signInBegunAt = null } = verification.identity
    return ofSession(line, owner, { sessionId, issuer, subject, signInBegunAt })
  }
  const sha256 = await crypto.sha256(canonical(cookie.value))
  const signedOut = { verifier, sessionId: null }
  return verification.outcome === 'unavailable'
    ? { signedOut, revocation: null, held: sha256 }
    : { signedOut, revocation: { kind: 'credential', sha256 }, held: null }
}

const OVER: readonly RejectionCode[] = [
  'credential_missing',
  'credential_invalid',
  'credential_expired',
  'credential_revoked',
]

/** A genuine one whose time begins in a moment, by the clock of its issuer, would sign in then. */
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
