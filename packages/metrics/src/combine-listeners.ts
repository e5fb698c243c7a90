import type { AuthEvent, AuthEventListener } from '@dualauth/core'

/**
 * Combines several listeners into one, such as a log and metrics. Each gets every event, in order, even if another one
 * throws or rejects.
 *
 * @example
 * createDualAuth({ verifiers, onEvent: combineListeners(metrics.onEvent, toLog) })
 */
export function combineListeners(...listeners: readonly AuthEventListener[]): AuthEventListener {
  return (event) => {
    for (const listener of listeners) tell(listener, event)
  }
}

function tell(listener: AuthEventListener, event: AuthEvent): void {
  try {
    const returned: unknown = listener(event)
    if (returned !== undefined) Promise.resolve(returned).catch(() => {})
  } catch {
    // By contract, a listener never decides a request.
  }
}
