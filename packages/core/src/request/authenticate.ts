import { isPending } from '../async/maybe-promise.js'
import type { AuthResult } from '../dual-auth.js'
import type { HeaderView } from '../http/request.js'
import { NO_COOKIES } from '../http/set-cookie.js'
import type { Demand } from '../route/verifier.js'
import { NO_SIGNALS } from '../migration/policy/signals.js'
import { announcementOf } from './announce.js'
import { identify } from './identify.js'
import type { Line } from './line.js'

/** Who is calling, as a value for the app. */
export async function authenticate(
  line: Line,
  view: HeaderView,
  demand: Demand,
  isUpgrade = false,
): Promise<AuthResult> {
  const found = identify(line, view, demand, isUpgrade)
  const resolution = isPending(found) ? await found : found
  const { cookies = NO_COOKIES } = resolution
  if (resolution.ok) {
    const { principal, carrier } = resolution
    return { ok: true, principal, carrier, cookies, signals: announcementOf(line, view, resolution) ?? NO_SIGNALS }
  }
  const { reason, claim = null, verifier, carrier } = resolution
  return { ok: false, error: line.report.refused(resolution), reason, claim, verifier, carrier, cookies }
}
