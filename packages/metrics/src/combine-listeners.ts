import type { AuthEvent, AuthEventListener } from '@dualauth/core'

/**
 * One listener out of several, such as a log and metrics. Each gets every event, in their order, whatever the others do: what one
 * throws or rejects changes nothing.
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
    // By contract: what a listener does never decides a request.
  }
}
