import { NO_COOKIES, type SetCookie } from '../../http/set-cookie.js'
import type { SecretList } from '../../keys/secrets/secret-list.js'
import {
  rejected,
  type Demand,
  type HeldSession,
  type Verification,
  type VerifierContext,
} from '../../route/verifier.js'
import type { OpenRefresh, Renewed } from './renewal.js'
import { openSeal } from './seal.js'
import { refreshTokenOf, type RefreshableSession, type SealedSession, type SessionKind } from './session-kind.js'
import type { SessionSlider } from './slide-session.js'
import type { Refreshed, SessionWriter } from './write-session.js'

export interface SessionJudge<Session extends SealedSession, Claims> {
  readonly kind: SessionKind<Session, Claims>
  readonly passwords: SecretList
  readonly refresh: OpenRefresh<Session & RefreshableSession> | null
  readonly writer: SessionWriter
  readonly slider: SessionSlider
  readonly clockToleranceSeconds: number
  readonly context: VerifierContext
  /** How many chunks the request brought. */
  readonly chunks: number
}

/**
 * Judges a sealed session as its kind does, and renews one whose provider has to be asked again, or soon.
 */
export async function judgeSession<Session extends SealedSession, Claims>(
  parts: SessionJudge<Session, Claims>,
  sealed: string,
  demand: Demand,
): Promise<Verification<Claims>> {
  const seal = await openSeal(sealed, parts.passwords, parts.context.now())
  if (seal.outcome === 'expired') return rejected('credential_expired', 'expired')
  const session = seal.outcome === 'opened' ? parts.kind.read(seal.content) : null
  if (seal.outcome !== 'opened' || session === null)
    return rejected('credential_invalid', seal.outcome === 'opened' ? 'claims' : 'seal')
  const judged = await judgeCurrent(parts, session, demand)
  const verdict = demand.refresh ? await slide(parts, session, judged) : judged
  if (verdict.outcome !== 'accepted') return verdict
  return { ...verdict, identity: { ...verdict.identity, secretIndex: seal.passwordIndex } }
}

/** Null for what this app did not seal. A session that is over for now may still be refreshed, and has one. */
export async function sessionOf<Session extends SealedSession, Claims>(
  { kind, passwords, context }: SessionJudge<Session, Claims>,
  sealed: string,
): Promise<HeldSession | null> {
  const seal = await openSeal(sealed, passwords, context.now())
  const session = seal.outcome === 'opened' ? kind.read(seal.content) : null
  return session === null ? null : kind.sessionOf(session)
}

/** A session that this app did not seal, or that cannot be refreshed, has nothing to end. */
export async function endSession<Session extends SealedSession, Claims>(
  { kind, passwords, refresh, slider, context }: SessionJudge<Session, Claims>,
  sealed: string,
): Promise<void> {
  const seal = await openSeal(sealed, passwords, context.now())
  const session = seal.outcome === 'opened' ? kind.read(seal.content) : null
  if (session !== null && kind.slide !== undefined) slider.endSession(kind.slide.keyOf(session))
  if (refresh === null || session === null || !isRefreshable(session)) return
  await refresh.endSession(session)
}

/** What was used, and neither renewed nor refused, is written again where it would end by being idle. */
async function slide<Session extends SealedSession, Claims>(
  { kind, slider, chunks }: SessionJudge<Session, Claims>,
  session: Session,
  verdict: Verification<Claims>,
): Promise<Verification<Claims>> {
  if (kind.slide === undefined || (verdict.outcome !== 'accepted' && verdict.outcome !== 'unavailable')) return verdict
  if (verdict.cookies !== undefined && verdict.cookies.length > 0) return verdict
  const content = kind.slide.contentOf(session)
  if (content === null) return verdict
  const cookies = await slider.cookies(content, kind.slide.keyOf(session), chunks)
  return verdict.outcome === 'accepted'
    ? { outcome: 'accepted', identity: verdict.identity, cookies }
    : { ...verdict, cookies }
}

/** How a fresh look goes on from an answer that was given before. */
interface Way {
  /** The answers that led here: they shall lead straight to the newest. */
  readonly path: readonly Renewed[]
  /** The answer that is not fresh enough, where the provider left the refresh token as it was. */
  readonly past: string | null
}

const START: Way = { path: [], past: null }
/** Further answers are for the next request: a provider that goes round must not keep this one. */
const MAX_STEPS = 3

async function judgeCurrent<Session extends SealedSession, Claims>(
  parts: SessionJudge<Session, Claims>,
  session: Session,
  demand: Demand,
  way: Way = START,
): Promise<Verification<Claims>> {
  const { kind, refresh } = parts
  const seconds = parts.context.now() / 1000
  const { end } = kind.lifeOf(session)
  const due = dueAt(parts, session)
  if (refresh === null || !demand.refresh || !isRefreshable(session) || !(demand.fresh || seconds >= due))
    return until(due * 1000, await kind.judge(session))
  // What proves a session long over may be gone by now, such as a key, so only a current one is judged.
  const present = seconds < end + parts.clockToleranceSeconds ? await kind.judge(session) : null
  if (present !== null && present.outcome !== 'accepted') return present
  const refusal = kind.refusalOf(session)
  if (refusal !== null) return refusal
  const renewal = await refresh.renew(session, way.past)
  if (renewal.outcome === 'renewed') {
    for (const step of way.path) step.supersede(renewal.sealed)
    const verdict = await judgeRenewed(parts, session, renewal, demand, way)
    return verdict.outcome === 'unavailable' && present !== null && !demand.fresh
      ? beside(present, verdict.cookies)
      : verdict
  }
  if (present !== null && !demand.fresh) return present
  if (renewal.outcome === 'ended') return rejected('credential_revoked', 'revoked')
  return renewal
}

function isRefreshable<Session extends SealedSession>(session: Session): session is Session & RefreshableSession {
  return session.refreshToken !== null
}

/** When a refresh is due, in seconds since the epoch. */
function dueAt<Session extends SealedSession, Claims>(
  { kind, refresh }: SessionJudge<Session, Claims>,
  session: Session,
): number {
  const { since, end, slideAt = Number.POSITIVE_INFINITY } = kind.lifeOf(session)
  if (refresh === null) return Math.min(slideAt, end)
  const lifetime = since === null ? Number.POSITIVE_INFINITY : end - since
  // Tokens that live shorter than the lead would be refreshed by every request.
  return Math.min(slideAt, end - Math.min(refresh.refreshBeforeSeconds, lifetime / 2))
}

/** Remembered no longer than until a refresh is due. */
function until<Claims>(limit: number, verdict: Verification<Claims>): Verification<Claims> {
  if (verdict.outcome !== 'accepted' || verdict.remember === undefined) return verdict
  return { ...verdict, remember: { ...verdict.remember, until: Math.min(limit, verdict.remember.until) } }
}

/** What was presented goes on; what was refreshed meanwhile is written nevertheless. */
function beside<Claims>(
  present: Verification<Claims>,
  cookies: readonly SetCookie[] = NO_COOKIES,
): Verification<Claims> {
  if (present.outcome !== 'accepted' || cookies.length === 0) return present
  return { outcome: 'accepted', identity: present.identity, cookies }
}

async function judgeRenewed<Session extends SealedSession, Claims>(
  parts: SessionJudge<Session, Claims>,
  before: Session & RefreshableSession,
  renewal: Renewed,
  demand: Demand,
  way: Way,
): Promise<Verification<Claims>> {
  const { kind } = parts
  const seal = await openSeal(renewal.sealed, parts.passwords, parts.context.now())
  if (seal.outcome !== 'opened') return cannotTell('another instance sealed it with an unknown password')
  const { content } = seal
  const session = kind.read(content)
  if (session !== null && !kind.isSameUser(before, session))
    return cannotTell('refreshing it gave the token of another user')
  const refreshToken = refreshTokenOf(content)
  const isRotated = refreshToken !== before.refreshToken
  if (isRotated && refreshToken !== null) await renewal.leadsTo(refreshToken)
  const refreshed: Refreshed = { renewal, before, content, chunks: parts.chunks }
  if (session === null) return { ...cannotTell(kind.unreadable), cookies: await parts.writer.carry(refreshed) }
  if (demand.fresh && !renewal.asked && way.past === null) {
    if (!isRotated) return judgeCurrent(parts, before, demand, { ...way, past: renewal.sealed })
    if (way.path.length === MAX_STEPS) return { ...cannotTell('is refreshed all the time'), retryAfterSeconds: 1 }
    return judgeCurrent(parts, session, demand, { path: [...way.path, renewal], past: null })
  }
  return judgeAnswer(parts, session, refreshed, kind.issuedAtOf(before))
}

async function judgeAnswer<Session extends SealedSession, Claims>(
  { kind, writer }: SessionJudge<Session, Claims>,
  session: Session,
  refreshed: Refreshed,
  issuedAt: number | null,
): Promise<Verification<Claims>> {
  const verdict = await judgeSafely(kind, session)
  switch (verdict.outcome) {
    case 'accepted':
      // For revocations it counts when what was presented was issued: a refresh is no new sign-in.
      return { ...verdict, identity: { ...verdict.identity, issuedAt }, cookies: await writer.write(refreshed) }
    case 'unavailable':
      // The answer may be good, and this is only the moment: until it can be judged, what was presented goes on.
      return { ...verdict, cookies: await writer.hold(refreshed) }
    case 'rejected':
      if (verdict.code === 'credential_revoked' || verdict.reason === 'impersonated') return verdict
      // The provider gave this just now: a mistake or a clock of ours refuses it, and that must log nobody out.
      return {
        ...cannotTell(`the refreshed token is refused by ${verdict.reason}`),
        cookies: await writer.carry(refreshed),
      }
    case 'not-mine':
      return verdict
  }
}

async function judgeSafely<Session extends SealedSession, Claims>(
  kind: SessionKind<Session, Claims>,
  session: Session,
): Promise<Verification<Claims>> {
  try {
    return await kind.judge(session)
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
}

function cannotTell(problem: string): Extract<Verification<never>, { outcome: 'unavailable' }> {
  return { outcome: 'unavailable', cause: new Error(`session: ${problem}`) }
}
