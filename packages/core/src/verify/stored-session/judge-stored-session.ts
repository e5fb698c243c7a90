import { wrongMember } from '../../errors/unanswered.js'
import { rejected, type Verification } from '../../route/verifier.js'
import { identityOf } from '../identity.js'
import type { MappedCaller, MappedStatements } from '../jwt/claim-mapping.js'
import { signInMoment } from '../sign-in-moment.js'
import type { ReadStoredSession } from './stored-session.js'

/** When a stored session is over, and how long it is remembered. */
export interface StoredSessionRules {
  /** The verifier's name, which is the issuer. */
  readonly name: string
  /** For messages. */
  readonly source: string
  /** Null: no limit on how long a session may be unused. */
  readonly idleSeconds: number | null
  /** Null: no limit on a session's total life. */
  readonly maxAgeSeconds: number | null
  /** Whether a session without an expiry is accepted, because the store deletes expired ones. */
  readonly isEndless: boolean
  readonly rememberMs: number
}

/**
 * Judges a session from the store: somebody has signed in to it, it is current, and the account is active.
 *
 * @param secretIndex Index of the secret that signed its cookie; null if none is used.
 * @param now Milliseconds since the epoch.
 * @param stated What the verifier reads from elsewhere than the session.
 * @throws {Error} for "cannot tell": nothing says when the session ends.
 */
export function judgeStoredSession<Claims>(
  session: ReadStoredSession,
  rules: StoredSessionRules,
  secretIndex: number | null,
  now: number,
  stated: Partial<MappedCaller & MappedStatements> = {},
): Verification<Claims> {
  const { userId, createdAt, roles } = session
  if (userId === null) return rejected('credential_missing', 'anonymous')
  const end = endOf(session, rules)
  if (end <= now) return rejected('credential_expired', 'expired')
  if (!session.isActive) return rejected('account_deactivated', 'inactive')
  const identity = identityOf<Claims>({
    issuer: rules.name,
    subject: userId,
    claims: session.claims as Claims,
    organization: session.organization,
    roles: Object.freeze([...roles]),
    sessionId: session.id,
    email: session.email,
    expiresAt: Number.isFinite(end) ? Math.floor(end / 1000) : null,
    issuedAt: signInMoment(createdAt, now),
    secretIndex,
    ...stated,
  })
  return { outcome: 'accepted', identity, remember: { until: Math.min(now + rules.rememberMs, end) } }
}

/** The earliest of all ends; infinite only if the store decides. */
function endOf(session: ReadStoredSession, rules: StoredSessionRules): number {
  const ends = [
    after(session, 'lastUsedAt', rules.idleSeconds, rules),
    after(session, 'createdAt', rules.maxAgeSeconds, rules),
    session.expiresAt,
  ].filter((end) => end !== null)
  if (ends.length === 0 && !rules.isEndless) throw wrongMember(rules.source, 'expiresAt')
  return Math.min(...ends)
}

function after(
  session: ReadStoredSession,
  member: 'lastUsedAt' | 'createdAt',
  seconds: number | null,
  { source }: StoredSessionRules,
): number | null {
  if (seconds === null) return null
  const moment = session[member]
  if (moment === null) throw wrongMember(source, member)
  return moment + seconds * 1000
}
