import { NO_SIGNALS, type Signals } from '../migration/policy/signals.js'
import { mergeVary, type RequestState } from './state.js'

/**
 * The fields that an answer still needs. Links are added; the application's own `Deprecation` and `Sunset` stay.
 * @param present The current value; null for none.
 */
export function missingSignals(signals: Signals, present: (name: string) => string | null): Signals {
  return signals.filter(([name, value]) => {
    const there = present(name)
    return there === null || (name === 'Link' && !there.includes(value))
  })
}

/**
 * Adds the headers of the guards to a web response. `Vary` is merged; the response's own `Cache-Control`, `Deprecation`
 * and `Sunset` stay.
 */
export function announceIn(headers: Headers, { passed }: RequestState): void {
  if (passed === undefined) return
  const present = (name: string): string | null => headers.get(name)
  if (!headers.has('cache-control')) headers.set('cache-control', passed.cacheControl)
  const vary = mergeVary(present('vary'), passed.vary)
  if (vary !== null) headers.set('vary', vary)
  for (const [name, value] of missingSignals(passed.signals ?? NO_SIGNALS, present)) headers.append(name, value)
}
