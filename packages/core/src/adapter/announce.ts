import { NO_SIGNALS, type Signals } from '../migration/policy/signals.js'
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

/**
 * Adds to an answer of the web platform what guards want said of it: `Vary` is merged, and the answer's own `Cache-Control`,
 * `Deprecation` and `Sunset` stay.
 */
export function announceIn(headers: Headers, { passed }: RequestState): void {
  if (passed === undefined) return
  const present = (name: string): string | null => headers.get(name)
  if (!headers.has('cache-control')) headers.set('cache-control', passed.cacheControl)
  const vary = mergeVary(present('vary'), passed.vary)
  if (vary !== null) headers.set('vary', vary)
  for (const [name, value] of missingSignals(passed.signals ?? NO_SIGNALS, present)) headers.append(name, value)
}
