import { rejected, type Verification } from '../../route/verifier.js'
import { identityOf } from '../identity.js'
import type { MappedCaller, MappedStatements } from '../jwt/claim-mapping.js'
import { wrongMember, type ReadStoredSession } from './stored-session.js'

/** When a session of a store is over, and how long it is remembered. */
export interface StoredSessionRules {
  /** The verifier: it vouches. */
  readonly name: string
  /** For messages. */
  readonly source: string
  /** Null: no limit on how long a session may lie unused. */
  readonly idleSeconds: number | null
  /** Null: no limit on the whole life of a session. */
  readonly maxAgeSeconds: number | null
  /** Whether a session without any end is believed, because the store drops what is over. */
  readonly isEndless: boolean
  readonly rememberMs: number
}

/**
 * Judges a session that the store knows: somebody has signed in to it, it is current, and the account is active.
 *
 * @param secretIndex Place of the secret by which its cookie was signed; null if none is used.
 * @param now Milliseconds since the epoch.
 * @param stated What the verifier reads in another place than the session.
 * @throws {TypeError} for "cannot tell": nothing says when the session ends.
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
    issuedAt: createdAt === null ? null : Math.floor(createdAt / 1000),
    secretIndex,
    ...stated,
  })
  return { outcome: 'accepted', identity, remember: { until: Math.min(now + rules.rememberMs, end) } }
}

/** The earliest of all ends; infinite only where the store decides. */
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
