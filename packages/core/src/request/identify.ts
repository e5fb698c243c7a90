import { extract } from '../extract/extract.js'
import { provesOrigin, type OriginRules } from '../extract/origin.js'
import type { CarrierPlan, Credential } from '../extract/credential.js'
import { isWebSocketHandshake, type HeaderView } from '../http/request.js'
import { decideCookies, missing } from './decide-cookies.js'
import type { Resolution, Unresolved } from './resolution.js'
import type { Resolve } from './resolve.js'
import { andThen, isPending, type MaybePromise } from '../async/maybe-promise.js'
import type { Reporter } from './report.js'
import type { Demand } from '../route/verifier.js'

export interface IdentifyParts {
  readonly plan: CarrierPlan
  readonly resolve: Resolve
  readonly origins: OriginRules
  readonly report: Reporter
}

/** Extract, route, verify, link: who is calling? `isUpgrade`: a WebSocket handshake. */
export type Identify = (view: HeaderView, demand: Demand, isUpgrade?: boolean) => MaybePromise<Resolution>

export function createIdentify({ plan, resolve, origins, report }: IdentifyParts): Identify {
  return (view, demand, isUpgrade = false) => {
    const startedAt = report.start()
    const resolution = decide(view, demand, isUpgrade)
    if (isPending(resolution)) return resolution.then((found) => (report.resolved(found, startedAt), found))
    report.resolved(resolution, startedAt)
    return resolution
  }

  /** Without a promise where what is remembered suffices. */
  function decide(view: HeaderView, demand: Demand, isUpgrade: boolean): MaybePromise<Resolution> {
    const extraction = extract(view, plan, plan.subprotocol !== null && isHandshake(view, isUpgrade))
    if (extraction.kind === 'none') return missing()
    if (extraction.kind === 'refused') return { ok: false, reason: null, verifier: null, ...extraction }
    if (extraction.kind === 'explicit') {
      const { credential } = extraction
      return andThen(resolve(credential, demand), (owned) => owned ?? unsupported(credential.carrier))
    }
    return decideAmbient(extraction.cookies, view, demand, isUpgrade)
  }

  function decideAmbient(
    cookies: readonly (readonly Credential[])[],
    view: HeaderView,
    demand: Demand,
    isUpgrade: boolean,
  ): MaybePromise<Resolution> {
    return andThen(
      decideCookies(cookies, (cookie) => resolve(cookie, demand)),
      ({ resolution, ignored }): Resolution => {
        for (const one of ignored) report.ignored(one)
        if (!resolution.ok || provesOrigin(view, origins, isHandshake(view, isUpgrade))) return resolution
        const { principal, cookies: written } = resolution
        const { verifier } = principal
        return { ok: false, code: 'origin_untrusted', reason: null, verifier, carrier: 'cookie', cookies: written }
      },
    )
  }
}

/** A guard on a route that upgrades is as careful as `authenticateUpgrade`. */
function isHandshake(view: HeaderView, isUpgrade: boolean): boolean {
  return isUpgrade || isWebSocketHandshake(view)
}

function unsupported(carrier: Unresolved['carrier']): Unresolved {
  return { ok: false, code: 'credential_unsupported', reason: null, verifier: null, carrier }
}
