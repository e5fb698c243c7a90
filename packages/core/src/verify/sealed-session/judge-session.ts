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
  /** How many chunks the request has. */
  readonly chunks: number
}

/** Judges a sealed session by its kind, and renews it if the provider must be asked again now or soon. */
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

/** Null if this app did not seal it. An expired session may still be refreshed, so it is returned. */
export async function sessionOf<Session extends SealedSession, Claims>(
  { kind, passwords, context }: SessionJudge<Session, Claims>,
  sealed: string,
): Promise<HeldSession | null> {
  const seal = await openSeal(sealed, passwords, context.now())
  const session = seal.outcome === 'opened' ? kind.read(seal.content) : null
  return session === null ? null : kind.sessionOf(session)
}

/** Ends nothing if this app did not seal the session or it cannot be refreshed. */
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

/** Rewrites a session that was used, if it has an idle limit and was neither renewed nor refused. */
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

/** How a fresh check continues from an earlier answer. */
interface Way {
  /** The answers that led here; they will point directly to the newest one. */
  readonly path: readonly Renewed[]
  /** The answer that is not fresh enough, if the provider did not rotate the refresh token. */
  readonly past: string | null
}

const START: Way = { path: [], past: null }
/** Maximum steps in one request: a provider that answers in circles must not hold it up. */
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
  // Only a current session is judged: for one that expired long ago, the proof, such as a key, may be gone.
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
  // Otherwise tokens with a lifetime below the lead would be refreshed by every request.
  return Math.min(slideAt, end - Math.min(refresh.refreshBeforeSeconds, lifetime / 2))
}

/** Limits how long a result is remembered to when a refresh is due. */
function until<Claims>(limit: number, verdict: Verification<Claims>): Verification<Claims> {
  if (verdict.outcome !== 'accepted' || verdict.remember === undefined) return verdict
  return { ...verdict, remember: { ...verdict.remember, until: Math.min(limit, verdict.remember.until) } }
}

/** Accepts the presented session, but still writes the refreshed one. */
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
      // For revocations, the presented session's time of issue counts: a refresh is not a new sign-in.
      return { ...verdict, identity: { ...verdict.identity, issuedAt }, cookies: await writer.write(refreshed) }
    case 'unavailable':
      // The answer may be valid but cannot be judged right now. Until then, the presented session is kept.
      return { ...verdict, cookies: await writer.hold(refreshed) }
    case 'rejected':
      if (verdict.code === 'credential_revoked' || verdict.reason === 'impersonated') return verdict
      // The provider issued this just now, so we refuse it because of our own mistake or clock. That must log nobody
      // out.
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
