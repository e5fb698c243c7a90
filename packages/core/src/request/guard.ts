import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { Requirement } from '../access/requirement.js'
import type { Exchange, Verdict } from '../dual-auth.js'
import type { AuthError } from '../errors/auth-error.js'
import { headerView, isPreflight, type HeaderView } from '../http/request.js'
import type { Demand } from '../route/verifier.js'
import { authorizePrincipal } from './authorize-principal.js'
import { identify } from './identify.js'
import type { Line } from './line.js'
import type { Resolution, Unresolved } from './resolution.js'

const USUAL: Demand = /* @__PURE__ */ Object.freeze({ fresh: false, refresh: true })
const FRESH: Demand = /* @__PURE__ */ Object.freeze({ fresh: true, refresh: true })

/** One guard on one request: 401 comes before 403, and the requirement is evaluated every time. */
export function guard(line: Line, exchange: Exchange, requirement: Requirement): MaybePromise<Verdict> {
  const view = headerView(exchange.request)
  if (isPreflight(view)) return { kind: 'preflight' }
  const isFresh = requirement.kind === 'authenticated' && requirement.fresh === true
  return andThen(identifyOnce(line, exchange.memo, view, isFresh), (resolution) =>
    judge(line, exchange, requirement, resolution),
  )
}

function identifyOnce(
  line: Line,
  memo: Exchange['memo'],
  view: HeaderView,
  isFresh: boolean,
): MaybePromise<Resolution> {
  if (!isFresh) return (memo.resolution ??= identify(line, view, USUAL))
  const lookAfresh = (): MaybePromise<Resolution> => (memo.resolution = identify(line, view, FRESH))
  if (memo.resolution === undefined) return (memo.fresh ??= lookAfresh())
  return (memo.fresh ??= andThen(memo.resolution, (first) => (isFreshAsItIs(line, first) ? first : lookAfresh())))
}

/** The use of an API key counts once for a request, however many guards look at it. */
function isFreshAsItIs({ verifiers }: Line, resolution: Resolution): boolean {
  const name = resolution.ok ? resolution.principal.verifier : resolution.verifier
  return verifiers.some((verifier) => verifier.name === name && verifier.alwaysFresh === true)
}

function judge(
  line: Line,
  { native, keep }: Exchange,
  requirement: Requirement,
  resolution: Resolution,
): MaybePromise<Verdict> {
  const { report, headers } = line
  // First of all: a callback of the app may throw, and a refreshed session must not be lost.
  if (resolution.cookies !== undefined) keep(resolution.cookies)
  const refuse = (error: AuthError): Verdict => ({ kind: 'refuse', error, answer: line.respond(error, native) })
  if (!resolution.ok) {
    if (requirement.kind !== 'optional' || !goesOnWithout(resolution, requirement.onInvalid))
      return refuse(report.refused(resolution))
    if (resolution.code !== 'credential_missing') report.ignored(resolution)
    return { kind: 'pass', principal: null, headers }
  }
  const { principal } = resolution
  return andThen(authorizePrincipal(line, principal, requirement, native), (denied): Verdict =>
    denied === null ? { kind: 'pass', principal, headers } : refuse(denied),
  )
}

/** A stale cookie must not close a public page; a bad header is a mistake to report; an outage is neither. */
function goesOnWithout({ code, carrier }: Unresolved, onInvalid: 'default' | 'anonymous' | 'reject'): boolean {
  if (code === 'credential_missing') return true
  if (code === 'verifier_unavailable' || code === 'account_unavailable') return false
  return onInvalid === 'anonymous' || (onInvalid === 'default' && carrier === 'cookie')
}
