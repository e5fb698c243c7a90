import { bounded } from '../../async/bounded.js'
import type { Emit } from '../../events/events.js'
import type { OldSession } from './old-session.js'

/** Ends old credentials once their overlap is over. */
export interface OldEnds {
  schedule(old: OldSession): void
  /** Ends those that wait. */
  close(): Promise<void>
}

/** Beyond it, the oldest waiting one is ended early. */
const MAX_WAITING = 10_000

/** @param forget What is remembered of a credential that ended. */
export function createOldEnds(emit: Emit, forget: (old: OldSession) => Promise<void>): OldEnds {
  const waiting = new Map<
    string,
    { readonly run: () => Promise<void>; readonly timer: ReturnType<typeof setTimeout> }
  >()

  async function end(old: OldSession): Promise<void> {
    const { rules, principal, credential } = old
    try {
      await bounded(() => rules.endOld?.({ principal, credential: credential.value }), rules.timeoutMs)
      await forget(old)
    } catch (cause) {
      emit({ type: 'unavailable', source: 'endOld', cause })
    }
  }

  return {
    schedule(old) {
      const { key, rules } = old
      if (rules.endOld === null || waiting.has(key)) return
      const run = (): Promise<void> => {
        clearTimeout(timer)
        waiting.delete(key)
        return end(old)
      }
      const timer = setTimeout(() => void run(), rules.overlapSeconds * 1000)
      ;(timer as { unref?: () => void }).unref?.()
      waiting.set(key, { run, timer })
      const [oldest] = waiting.values()
      if (waiting.size > MAX_WAITING) void oldest?.run()
    },
    async close() {
      await Promise.all([...waiting.values()].map(({ run }) => run()))
    },
  }
}
