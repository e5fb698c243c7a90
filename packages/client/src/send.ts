import { discard, mendedBy, responseOf, retryAfterOf } from './answers.js'
import type { Call } from './call.js'
import type { Settings } from './options.js'
import type { Session } from './session.js'
import { pause, unlessAborted } from './waiting.js'

export interface Sending {
  readonly settings: Settings
  readonly session: Session
  /** The server says that somebody has to sign in. */
  onEnded(): void
}

/** Sends a call, and waits for a server that says how long, as far as the option `maxWaitSeconds` lets it. */
export async function send(parts: Sending, call: Call): Promise<Response> {
  const { maxWaitSeconds, now } = parts.settings
  if (!call.isOurs) return call.send(null)
  for (let waited = 0; ;) {
    const response = await sendOnce(parts, call)
    const asked = response.status === 503 || response.status === 429 ? retryAfterOf(response.headers, now()) : null
    if (asked === null || !call.isIdempotent || !call.isRepeatable) return response
    // One that says 0 must not be asked in a loop.
    const seconds = Math.max(1, asked)
    waited += seconds
    if (!(waited <= maxWaitSeconds)) return response
    discard(response)
    await unlessAborted(call.signal, pause(seconds * 1000))
  }
}

/** One renewal at most, and one more attempt. */
async function sendOnce({ settings, session, onEnded }: Sending, call: Call): Promise<Response> {
  const dressed = await unlessAborted(call.signal, session.dress())
  if (dressed.outcome?.kind === 'answered') return responseOf(dressed.outcome.answer)
  // Whoever has signed in since must neither be signed out by this call, nor have its body sent as theirs.
  const isOver = (): boolean => session.era() !== dressed.era
  if (dressed.outcome?.kind === 'ended' && !isOver()) onEnded()
  const response = await call.send(dressed)
  const kind = response.status === 401 ? mendedBy(await settings.codeOf(response)) : null
  if (kind === null || isOver()) return response
  const outcome = await unlessAborted(call.signal, session.renew(kind, dressed.mark))
  if (isOver()) return response
  // A 401 here would sign somebody out of whom nothing is known.
  if (outcome.kind === 'answered') {
    discard(response)
    return responseOf(outcome.answer)
  }
  if (outcome.kind === 'ended') onEnded()
  if (outcome.kind !== 'renewed' || !call.isRepeatable) return response
  const again = await unlessAborted(call.signal, session.dress())
  if (isOver() || again.era !== dressed.era) return response
  discard(response)
  return call.send(again)
}
