import type { UpgradeResult } from '../dual-auth.js'
import { trimSpaceAndTab } from '../http/cookies.js'
import type { HeaderView } from '../http/request.js'
import { authenticate } from './authenticate.js'
import type { Line } from './line.js'

/** Authenticates a connection that outlives its request: who opened it, until when, and whether that is still valid. */
export async function authenticateUpgrade(line: Line, view: HeaderView): Promise<UpgradeResult> {
  const opened = await authenticate(line, view, { fresh: false, refresh: true }, true)
  if (!opened.ok) return opened
  return {
    ...opened,
    protocol: protocolOf(view, line.plan.subprotocol),
    expiresAt: opened.principal.expiresAt,
    // No further answer could carry a refreshed session. The connection is one use of an API key, however often it is
    // checked.
    revalidate: () => authenticate(line, view, { fresh: true, refresh: false, counted: true }, true),
  }
}

/** The first offered subprotocol that is not a credential; it is echoed to the browser. */
function protocolOf(view: HeaderView, subprotocol: string | null): string | null {
  const offered = view.values('sec-websocket-protocol').flatMap((field) => field.split(','))
  const plain = offered
    .map(trimSpaceAndTab)
    .filter((protocol) => protocol !== '' && (subprotocol === null || !protocol.startsWith(`${subprotocol}.`)))
  return plain[0] ?? null
}
