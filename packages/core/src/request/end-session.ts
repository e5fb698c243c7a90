import * as crypto from '#crypto'
import { cacheKeyOf } from '../cache/cache-key.js'
import type { Revocation } from '../cache/revocations.js'
import type { Credential } from '../extract/credential.js'
import { extract } from '../extract/extract.js'
import { headerView, type AuthRequest } from '../http/request.js'
import { present, type Presented } from '../route/shape.js'
import type { Demand, HeldSession, OpenVerifier, Verifier } from '../route/verifier.js'
import { judge } from '../verify/judge.js'
import { markOf } from './exchange/old-session.js'
import type { Line } from './line.js'

/** Ends what is related to a session, such as one that it was exchanged for. */
export type EndRelated = (revocation: Revocation) => Promise<void>

/** Extract, forget, route, and tell the owners that the app ended the session. */
export async function endSession(line: Line, request: AuthRequest, endRelated: EndRelated): Promise<void> {
  const extraction = extract(headerView(request), line.plan)
  if (extraction.kind === 'explicit') return forget(line, extraction.credential)
  if (extraction.kind !== 'ambient') return
  const cookies = extraction.cookies.flat()
  const ended = await Promise.allSettled([
    endEach(line, cookies),
    ...(line.exchanger === null ? [] : cookies.map((cookie) => endRelatedOf(line, cookie, endRelated))),
  ])
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/**
 * By the cookie itself, and by its session if the verifier knows it, because the cookie may have been renewed since.
 */
async function endRelatedOf(line: Line, credential: Credential, endRelated: EndRelated): Promise<void> {
  const { router, verifiers, canonical } = line
  await endRelated({ kind: 'credential', sha256: await crypto.sha256(canonical(credential.value)) })
  const cookie = present(credential)
  const selection = router.select(cookie)
  if (selection.kind !== 'owned') return
  const found = await heldSession(line, selection.owners, cookie)
  if (found !== null) await endRelated(endOfSession((verifiers[found.owner] as Verifier).name, found.held, line.now()))
}

const AS_IT_IS: Demand = /* @__PURE__ */ Object.freeze({ fresh: false, refresh: false, counted: true })

/** Null if it has no session, that cannot be told, or another system would have to be asked. */
async function heldSession(
  { open, verifiers }: Line,
  owners: readonly number[],
  cookie: Presented,
): Promise<{ readonly owner: number; readonly held: HeldSession } | null> {
  const first = owners[0] as number
  const known = await (open[first] as OpenVerifier).sessionOf?.(cookie)
  if (known !== undefined && known !== null) return { owner: first, held: known }
  if (owners.some((owner) => (verifiers[owner] as Verifier).asksElsewhere === true)) return null
  const { owner, verification } = await judge(cookie, owners, open, AS_IT_IS)
  if (verification.outcome !== 'accepted' || verification.identity.sessionId === null) return null
  const { sessionId, issuer, subject, signInBegunAt = null } = verification.identity
  return { owner, held: { sessionId, issuer, subject, signInBegunAt } }
}

/**
 * The revocation that ends a presented session but spares a later sign-in to it, and other people's sessions with the
 * same id. It covers a sign-in dated by an instance whose clock is ahead: the sign-in of a presented session began
 * before now.
 *
 * @param now Milliseconds since the epoch.
 */
export function endOfSession(verifier: string, held: HeldSession, now: number): Revocation {
  const { sessionId: id, issuer, subject, signInBegunAt } = held
  const issuedBefore = signInBegunAt === null ? now : Math.max(now, Math.floor(signInBegunAt * 1000) + 1)
  const whose = issuer === undefined || subject === undefined ? {} : { issuer, subject }
  return { kind: 'session', id, verifier, ...whose, issuedBefore }
}

/** Ends each of several cookies. */
export async function endEach(line: Line, cookies: readonly Credential[]): Promise<void> {
  const { router, open } = line
  const told = await Promise.allSettled(
    cookies.map(async (credential) => {
      await forget(line, credential)
      const cookie = present(credential)
      const selection = router.select(cookie)
      if (selection.kind === 'owned') await (open[selection.owners[0] as number] as OpenVerifier).endSession?.(cookie)
    }),
  )
  // A verifier that cannot be notified must not stop the others from being notified.
  const failed = told.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** The next request asks its verifier again whether it has ended. */
export async function forget(line: Line, credential: Credential): Promise<void> {
  const { memory, exchanger } = line
  memory?.forget(await cacheKeyOf(credential))
  // A session being created from it would sign its holder in again.
  exchanger?.flights.forget(await markOf(line, credential))
}
