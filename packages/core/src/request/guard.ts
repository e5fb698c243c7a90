import type { Requirement } from '../access/requirement.js'
import type { DualAuth, Exchange, Verdict } from '../dual-auth.js'
import type { AuthError } from '../errors/auth-error.js'
import { headerView, isPreflight, type HeaderView } from '../http/request.js'
import type { Principal } from '../identity/principal.js'
import type { Resolution, Unresolved } from './resolution.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { Demand } from '../route/verifier.js'
import type { Answer } from '../respond/answer.js'
import type { Reporter } from './report.js'

export interface GuardParts {
  identify(view: HeaderView, demand: Demand): MaybePromise<Resolution>
  authorize(principal: Principal, requirement: Requirement, native: unknown): MaybePromise<AuthError | null>
  readonly report: Reporter
  readonly respond: (error: AuthError) => Answer
  readonly headers: { readonly cacheControl: string; readonly vary: string }
}

const USUAL: Demand = /* @__PURE__ */ Object.freeze({ fresh: false, refresh: true })
const FRESH: Demand = /* @__PURE__ */ Object.freeze({ fresh: true, refresh: true })

/** One guard on one request: 401 comes before 403, and the requirement is evaluated every time. */
export function createGuard(parts: GuardParts): DualAuth['guard'] {
  return (exchange, requirement) => {
    const view = headerView(exchange.request)
    if (isPreflight(view)) return { kind: 'preflight' }
    const isFresh = requirement.kind === 'authenticated' && requirement.fresh === true
    return andThen(identifyOnce(parts, exchange.memo, view, isFresh), (resolution) =>
      judge(parts, exchange, requirement, resolution),
    )
  }
}

function identifyOnce(
  { identify }: GuardParts,
  memo: Exchange['memo'],
  view: HeaderView,
  isFresh: boolean,
): MaybePromise<Resolution> {
  if (isFresh) return (memo.fresh ??= memo.resolution = identify(view, FRESH))
  return (memo.resolution ??= identify(view, USUAL))
}

function judge(
  { authorize, report, respond, headers }: GuardParts,
  { native, keep }: Exchange,
  requirement: Requirement,
  resolution: Resolution,
): MaybePromise<Verdict> {
  // First of all: a callback of the app may throw, and a refreshed session must not be lost.
  if (resolution.cookies !== undefined) keep(resolution.cookies)
  const refuse = (error: AuthError): Verdict => ({ kind: 'refuse', error, answer: respond(error) })
  if (!resolution.ok) {
    if (requirement.kind !== 'optional' || !goesOnWithout(resolution, requirement.onInvalid))
      return refuse(report.refused(resolution))
    if (resolution.code !== 'credential_missing') report.ignored(resolution)
    return { kind: 'pass', principal: null, headers }
  }
  const { principal } = resolution
  return andThen(authorize(principal, requirement, native), (denied): Verdict =>
    denied === null ? { kind: 'pass', principal, headers } : refuse(denied),
  )
}

/** A stale cookie must not close a public page; a bad header is a mistake to tell; an outage is neither. */
function goesOnWithout({ code, carrier }: Unresolved, onInvalid: 'default' | 'anonymous' | 'reject'): boolean {
  if (code === 'credential_missing') return true
  if (code === 'verifier_unavailable' || code === 'account_unavailable') return false
  return onInvalid === 'anonymous' || (onInvalid === 'default' && carrier === 'cookie')
}
