import { NO_COOKIES, type SetCookie } from '../../../http/set-cookie.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import { own } from '../../../settings/own.js'
import { rejected, type Demand, type Verification } from '../../../route/verifier.js'
import { expiryOf, issuedAtOf } from '../../../verify/jwt/registered-claims.js'
import type { WorkosClaims, WorkosSessionParts } from '../access-token/options.js'
import type { OpenRefresh } from '../refresh/refresh-port.js'
import { openSeal } from './seal.js'
import { emailOf, readSession, refreshTokenOf, type SealedSession } from './session-content.js'
import type { Refreshed, Renewed, SessionWriter } from './write-session.js'

export interface SessionJudge extends WorkosSessionParts {
  readonly passwords: SecretList
  readonly refresh: OpenRefresh | null
  readonly writer: SessionWriter
  /** How many chunks the request brought. */
  readonly chunks: number
}

type Verdict = Verification<WorkosClaims>

/**
 * Judges a sealed session by the access token in it, which it refreshes when that is over or about
 * to be. Identity comes from the token alone: the user beside it is a snapshot that proves nothing.
 */
export async function judgeSession(parts: SessionJudge, sealed: string, demand: Demand): Promise<Verdict> {
  const seal = await openSeal(sealed, parts.passwords, parts.context.now())
  if (seal.outcome === 'expired') return rejected('credential_expired', 'expired')
  const session = seal.outcome === 'opened' ? readSession(seal.content) : null
  if (seal.outcome !== 'opened' || session === null)
    return rejected('credential_invalid', seal.outcome === 'opened' ? 'claims' : 'seal')
  const verdict = await judgeCurrent(parts, session, demand)
  if (verdict.outcome !== 'accepted') return verdict
  return { ...verdict, identity: { ...verdict.identity, secretIndex: seal.passwordIndex } }
}

/** A session that this app did not seal, or that cannot be refreshed, has nothing to end. */
export async function endSession({ passwords, refresh, context }: SessionJudge, sealed: string): Promise<void> {
  const seal = await openSeal(sealed, passwords, context.now())
  const session = seal.outcome === 'opened' ? readSession(seal.content) : null
  if (refresh === null || session === null || session.refreshToken === null) return
  await refresh.endSession({ ...session, refreshToken: session.refreshToken })
}

/** How a fresh look goes on from an answer that was given before. */
interface Way {
  /** The answers that led here: they shall lead straight to the newest. */
  readonly path: readonly Renewed[]
  /** The answer that is not fresh enough, where WorkOS left the refresh token as it was. */
  readonly past: string | null
}

const START: Way = { path: [], past: null }
/** Further answers are for the next request: a provider that goes round must not keep this one. */
const MAX_STEPS = 3

async function judgeCurrent(
  parts: SessionJudge,
  session: SealedSession,
  demand: Demand,
  way: Way = START,
): Promise<Verdict> {
  const { refresh } = parts
  const seconds = parts.context.now() / 1000
  const end = expiryOf(session.accessToken, null) ?? 0
  const mayRefresh = refresh !== null && demand.refresh && session.refreshToken !== null
  const due = dueAt(session, end, refresh)
  if (!mayRefresh || !(demand.fresh || seconds >= due)) return until(due * 1000, await judgeToken(parts, session))
  // The key that signed a token long over may be gone by now, so only a current one is judged.
  const present = seconds < end + parts.clockToleranceSeconds ? await judgeToken(parts, session) : null
  if (present !== null && present.outcome !== 'accepted') return present
  if (!parts.issuers.includes(own(session.accessToken.claims, 'iss') as string))
    return rejected('credential_invalid', 'issuer')
  const renewal = await refresh.renew({ ...session, refreshToken: session.refreshToken }, way.past)
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

/** When a refresh is due, in seconds since the epoch. */
function dueAt({ accessToken }: SealedSession, end: number, refresh: OpenRefresh | null): number {
  if (refresh === null) return end
  const issuedAt = own(accessToken.claims, 'iat')
  const lifetime = typeof issuedAt === 'number' ? end - issuedAt : Number.POSITIVE_INFINITY
  // Tokens that live shorter than the lead would be refreshed by every request.
  return end - Math.min(refresh.refreshBeforeSeconds, lifetime / 2)
}

/** Remembered no longer than until a refresh is due. */
function until(limit: number, verdict: Verdict): Verdict {
  if (verdict.outcome !== 'accepted' || verdict.remember === undefined) return verdict
  return { ...verdict, remember: { ...verdict.remember, until: Math.min(limit, verdict.remember.until) } }
}

async function judgeToken({ judge }: SessionJudge, session: SealedSession): Promise<Verdict> {
  const verdict = await judge(session.accessToken)
  if (verdict.outcome !== 'accepted') return verdict
  const { identity } = verdict
  return { ...verdict, identity: { ...identity, email: identity.email ?? emailOf(session, identity.subject) } }
}

/** The presented token goes on; what was refreshed meanwhile is written nevertheless. */
function beside(present: Verdict, cookies: readonly SetCookie[] = NO_COOKIES): Verdict {
  if (present.outcome !== 'accepted' || cookies.length === 0) return present
  return { outcome: 'accepted', identity: present.identity, cookies }
}

async function judgeRenewed(
  parts: SessionJudge,
  before: SealedSession,
  renewal: Renewed,
  demand: Demand,
  way: Way,
): Promise<Verdict> {
  const seal = await openSeal(renewal.sealed, parts.passwords, parts.context.now())
  if (seal.outcome !== 'opened') return cannotTell('another instance sealed it with an unknown password')
  const { content } = seal
  const session = readSession(content)
  if (session !== null && own(session.accessToken.claims, 'sub') !== own(before.accessToken.claims, 'sub'))
    return cannotTell('refreshing it gave the token of another user')
  const refreshToken = refreshTokenOf(content)
  const isRotated = refreshToken !== before.refreshToken
  if (isRotated && refreshToken !== null) await renewal.leadsTo(refreshToken)
  const refreshed: Refreshed = { renewal, before, content, chunks: parts.chunks }
  if (session === null)
    return { ...cannotTell('refreshing it gave no JWT'), cookies: await parts.writer.carry(refreshed) }
  if (demand.fresh && !renewal.asked && way.past === null) {
    if (!isRotated) return judgeCurrent(parts, before, demand, { ...way, past: renewal.sealed })
    if (way.path.length === MAX_STEPS) return { ...cannotTell('is refreshed all the time'), retryAfterSeconds: 1 }
    return judgeCurrent(parts, session, demand, { path: [...way.path, renewal], past: null })
  }
  return judgeAnswer(parts, session, refreshed)
}

async function judgeAnswer(parts: SessionJudge, session: SealedSession, refreshed: Refreshed): Promise<Verdict> {
  const { writer } = parts
  const verdict = await judgeToken(parts, session).catch((cause: unknown): Verdict => ({
    outcome: 'unavailable',
    cause,
  }))
  switch (verdict.outcome) {
    case 'accepted': {
      // For revocations it counts when the presented token was issued: a refresh is no new sign-in.
      const identity = { ...verdict.identity, issuedAt: issuedAtOf(refreshed.before.accessToken) }
      return { ...verdict, identity, cookies: await writer.write(refreshed) }
    }
    case 'unavailable':
      // The new token may be good, and this is only the moment: until it can be judged, the presented one goes on.
      return { ...verdict, cookies: await writer.hold(refreshed) }
    case 'rejected':
      if (verdict.code === 'credential_revoked' || verdict.reason === 'impersonated') return verdict
      // WorkOS gave this token just now: a mistake or a clock of ours refuses it, and that must log nobody out.
      return {
        ...cannotTell(`the refreshed token is refused by ${verdict.reason}`),
        cookies: await writer.carry(refreshed),
      }
    case 'not-mine':
      return verdict
  }
}

function cannotTell(problem: string): Extract<Verdict, { outcome: 'unavailable' }> {
  return { outcome: 'unavailable', cause: new Error(`session: ${problem}`) }
}
