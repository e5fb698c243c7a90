import { bounded } from '../../async/bounded.js'
import type { Emit } from '../../events/events.js'
import type { Principal } from '../../identity/principal.js'
import type { OldSession } from './old-session.js'

/**
 * Ends old credentials once their overlap is over and a session created from them has come back. If the answer is lost,
 * the person must not lose both.
 */
export interface OldEnds {
  /** @param next The session delivered for it. */
  schedule(old: OldSession, next: Principal): void
  /** Called for every accepted caller. */
  presented(principal: Principal): void
  /** Ends those that only wait for the overlap. */
  close(): Promise<void>
}

/** Above this number, the one that has waited longest is ended early, or left alone if nobody came back. */
const MAX_WAITING = 10_000

interface Waiting {
  readonly old: OldSession
  readonly timer: ReturnType<typeof setTimeout>
  /** Sessions that have not come back yet. */
  readonly awaited: Set<string>
  isPresented: boolean
  isOverlapOver: boolean
}

/** @param around Calls `end`, and does what is needed before and after it. */
export function createOldEnds(
  emit: Emit,
  around: (old: OldSession, end: () => Promise<void>) => Promise<void>,
): OldEnds {
  const waiting = new Map<string, Waiting>()
  const byNext = new Map<string, Waiting>()

  async function end(old: OldSession): Promise<void> {
    const { rules, principal, credential } = old
    try {
      await around(old, () =>
        bounded(async () => rules.endOld?.({ principal, credential: credential.value }), rules.timeoutMs),
      )
    } catch (cause) {
      emit({ type: 'unavailable', source: 'endOld', cause })
    }
  }

  async function leave(one: Waiting): Promise<void> {
    clearTimeout(one.timer)
    waiting.delete(one.old.key)
    for (const next of one.awaited) byNext.delete(next)
    if (one.isPresented) await end(one.old)
  }

  function begin(old: OldSession): Waiting {
    const timer = setTimeout(() => {
      one.isOverlapOver = true
      if (one.isPresented) void leave(one)
    }, old.rules.overlapSeconds * 1000)
    ;(timer as { unref?: () => void }).unref?.()
    const one: Waiting = { old, timer, awaited: new Set(), isPresented: false, isOverlapOver: false }
    waiting.set(old.key, one)
    const [oldest] = waiting.values()
    if (waiting.size > MAX_WAITING && oldest !== undefined) void leave(oldest)
    return one
  }

  return {
    schedule(old, next) {
      // A person who goes back keeps the new-side session.
      if (old.rules.endOld === null || old.minter === old.rules.back) return
      const one = waiting.get(old.key) ?? begin(old)
      if (one.isPresented) return
      const key = sessionKeyOf(next)
      one.awaited.add(key)
      byNext.set(key, one)
    },
    presented(principal) {
      // Most requests stop here.
      if (byNext.size === 0) return
      const one = byNext.get(sessionKeyOf(principal))
      if (one === undefined) return
      one.isPresented = true
      for (const next of one.awaited) byNext.delete(next)
      one.awaited.clear()
      if (one.isOverlapOver) void leave(one)
    },
    async close() {
      await Promise.all([...waiting.values()].map(leave))
    },
  }
}

/** Uses the time of issue and expiry if there is no session id. */
function sessionKeyOf({ verifier, issuer, subject, sessionId, issuedAt, expiresAt }: Principal): string {
  return JSON.stringify([verifier, issuer, subject, sessionId ?? [issuedAt, expiresAt]])
}
