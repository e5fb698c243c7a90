import type { Signals } from '../migration/policy/signals.js'
import { mergeVary, type RequestState } from './state.js'

/**
 * The fields that an answer lacks: links add up, and the application's own `Deprecation` and `Sunset` stay.
 * @param present What stands there now; null for nothing.
 */
export function missingSignals(signals: Signals, present: (name: string) => string | null): Signals {
  return signals.filter(([name, value]) => {
    const there = present(name)
    return there === null || (name === 'Link' && !there.includes(value))
  })
}

/** Adds what a guard found to be announced to an answer of the web platform, whose own headers stay. */
export function announceIn(headers: Headers, { announcement }: RequestState): void {
  if (announcement === undefined) return
  const present = (name: string): string | null => headers.get(name)
  if (!headers.has('cache-control')) headers.set('cache-control', announcement.cacheControl)
  const vary = mergeVary(present('vary'), announcement.vary)
  if (vary !== null) headers.set('vary', vary)
  for (const [name, value] of missingSignals(announcement.signals, present)) headers.append(name, value)
}
