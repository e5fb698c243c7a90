import type { AuthResult, UpgradeResult } from '../dual-auth.js'
import type { HeaderView } from '../http/request.js'
import { trimSpaceAndTab } from '../http/cookies.js'
import type { Demand } from '../route/verifier.js'

export interface UpgradeParts {
  readonly view: HeaderView
  readonly subprotocol: string | null
  authenticate(demand: Demand): Promise<AuthResult>
}

/** A connection that outlives its request: who opened it, until when, and whether that still holds. */
export async function authenticateUpgrade({ view, subprotocol, authenticate }: UpgradeParts): Promise<UpgradeResult> {
  const opened = await authenticate({ fresh: false, refresh: true })
  if (!opened.ok) return opened
  return {
    ...opened,
    protocol: protocolOf(view, subprotocol),
    expiresAt: opened.principal.expiresAt,
    // No answer goes out any more that could carry a refreshed session.
    revalidate: () => authenticate({ fresh: true, refresh: false }),
  }
}

/** The first offered subprotocol that is no credential: it is echoed to the browser. */
function protocolOf(view: HeaderView, subprotocol: string | null): string | null {
  const offered = view.values('sec-websocket-protocol').flatMap((field) => field.split(','))
  const plain = offered
    .map(trimSpaceAndTab)
    .filter((protocol) => protocol !== '' && (subprotocol === null || !protocol.startsWith(`${subprotocol}.`)))
  return plain[0] ?? null
}
