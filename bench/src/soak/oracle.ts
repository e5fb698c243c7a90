/** What a credential is, and which answers are right for it. */
export interface Subject {
  readonly kind: 'sound' | 'forged' | 'other-audience' | 'unknown-kid' | 'api-key'
  readonly user: string
  /** Null for an API key. */
  readonly kid: string | null
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What happened so far; moments are milliseconds since the epoch. */
export interface History {
  readonly publishedAt: Map<string, number>
  readonly withdrawnAt: Map<string, number>
  /** By user. */
  readonly revokedAt: Map<string, number>
  outage: { from: number; to: number }
}

/** Keys of the soak are not older while the issuer answers. */
export const MAX_KEY_AGE_MS = 2_000
/** A new key is found within this even while junk floods, and a pause after a failure is no longer. */
const LEARNING_MS = 10_000
/** Clocks of a request that began before something and ended after it. */
const EDGE_MS = 250

type Answer = 200 | 401 | 503

/**
 * Every answer that is right for a request between two moments. More than one only where the rules
 * leave it open: at an edge, while a new key is learned, and while a withdrawn one is still in use.
 */
export function rightAnswers(subject: Subject, history: History, from: number, to: number): ReadonlySet<Answer> {
  const { kind, user, kid, expiresAt } = subject
  const revokedAt = history.revokedAt.get(user) ?? Number.POSITIVE_INFINITY
  const right = new Set<Answer>()
  if (kind === 'sound' || kind === 'api-key') {
    if (from < Math.min(expiresAt, revokedAt) + EDGE_MS) right.add(200)
    if (to > Math.min(expiresAt - EDGE_MS, revokedAt)) right.add(401)
  } else {
    right.add(401)
  }
  if (kid === null) return right
  if (kind === 'unknown-kid') return right.add(503)
  const withdrawnAt = history.withdrawnAt.get(kid)
  if (withdrawnAt !== undefined) {
    const usableUntil = Math.max(withdrawnAt + MAX_KEY_AGE_MS, afterOutage(history, withdrawnAt)) + EDGE_MS
    if (from > usableUntil) right.delete(200)
    // Nobody knows it any more, so that only the issuer can tell.
    return right.add(401).add(503)
  }
  const isNew = from < (history.publishedAt.get(kid) as number) + LEARNING_MS + outageMs(history)
  // While it is learned: unknown for now, or nobody can be asked.
  return isNew ? right.add(401).add(503) : right
}

/** A withdrawal during an outage is seen when the issuer is asked again. */
function afterOutage({ outage }: History, at: number): number {
  return at < outage.to && at + MAX_KEY_AGE_MS > outage.from ? outage.to + LEARNING_MS + MAX_KEY_AGE_MS : 0
}

function outageMs({ outage }: History): number {
  return outage.to - outage.from
}
