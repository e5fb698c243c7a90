import { andThen, isPending, type MaybePromise } from '../async/maybe-promise.js'
import type { Requirement } from '../access/requirement.js'
import type { AuthError } from '../errors/auth-error.js'
import { isOutage } from '../errors/error-table.js'
import { headerView, isPreflight, type HeaderView } from '../http/request.js'
import type { Demand } from '../route/verifier.js'
import { authorizeOwn, authorizePrincipal } from './authorize-principal.js'
import { identify } from './identify.js'
import type { Line } from './line.js'
import type { Resolution, Resolved, Unresolved } from './resolution.js'
import { announcementOf } from './announce.js'
import { automaticExchange } from './exchange/automatic.js'
import type { GuardCall, Verdict } from './guard-call.js'
import { sentChunks } from './sent-chunks.js'

const USUAL: Demand = /* @__PURE__ */ Object.freeze({ fresh: false, refresh: true })
const FRESH: Demand = /* @__PURE__ */ Object.freeze({ fresh: true, refresh: true })
/** The request is one use of an API key, however often the key is checked. */
const FRESH_AGAIN: Demand = /* @__PURE__ */ Object.freeze({ ...FRESH, counted: true })

/** One guard on one request: 401 comes before 403, and the requirement is evaluated every time. */
export function guard(line: Line, call: GuardCall, requirement: Requirement): MaybePromise<Verdict> {
  const view = headerView(call.request, call.native)
  if (isPreflight(view)) return { kind: 'preflight' }
  const isFresh = requirement.kind === 'authenticated' && requirement.fresh === true
  const chunks = (call.memo.chunks ??= sentChunks(line, view))
  if (chunks.length > 0) call.keep(chunks)
  const resolution = isFresh ? identifyAfresh(line, call.memo, view) : identifyOnce(line, call.memo, view)
  return 'ok' in resolution
    ? judge(line, call, view, requirement, resolution)
    : resolution.then((late) => judge(line, call, view, requirement, late))
}

function identifyOnce(line: Line, memo: GuardCall['memo'], view: HeaderView): MaybePromise<Resolution> {
  return memo.resolution ?? note(line, memo, identify(line, view, USUAL))
}

function identifyAfresh(line: Line, memo: GuardCall['memo'], view: HeaderView): MaybePromise<Resolution> {
  const look = (demand: Demand): MaybePromise<Resolution> => note(line, memo, identify(line, view, demand))
  if (memo.resolution === undefined) return (memo.fresh ??= look(FRESH))
  // A refused key was not counted, and its limits still apply.
  return (memo.fresh ??= andThen(memo.resolution, (first) =>
    isFreshAsItIs(line, first) ? first : look(first.ok && memo.by === line ? FRESH_AGAIN : FRESH),
  ))
}

function note(line: Line, memo: GuardCall['memo'], resolution: MaybePromise<Resolution>): MaybePromise<Resolution> {
  memo.by = line
  memo.resolution = resolution
  return resolution
}

/** An API key's use counts once per request, however many guards check it. */
function isFreshAsItIs({ verifiers }: Line, resolution: Resolution): boolean {
  const name = resolution.ok ? resolution.principal.verifier : resolution.verifier
  return verifiers.some((verifier) => verifier.name === name && verifier.alwaysFresh === true)
}

function judge(
  line: Line,
  call: GuardCall,
  view: HeaderView,
  requirement: Requirement,
  resolution: Resolution,
): MaybePromise<Verdict> {
  const { native, keep, memo } = call
  const { report, exchanger } = line
  // First, because a callback of the app may throw, and a refreshed session must not be lost.
  if (resolution.cookies !== undefined) keep(resolution.cookies)
  if (!resolution.ok) {
    if (requirement.kind !== 'optional' || !goesOnWithout(resolution, requirement.onInvalid))
      return refuse(line, report.refused(resolution), native)
    if (resolution.code !== 'credential_missing') report.ignored(resolution)
    return { kind: 'pass', principal: null, headers: line.headers }
  }
  if (exchanger !== null && memo.late === undefined) {
    memo.late = automaticExchange(line, exchanger, call.request, view, resolution)
    if (memo.late !== null) keep([memo.late])
  }
  const mayDo = memo.by === line ? authorizeOwn : authorizePrincipal
  const denied = mayDo(line, resolution.principal, requirement, native, resolution)
  return isPending(denied)
    ? denied.then((late) => verdictOn(line, view, resolution, late, native))
    : verdictOn(line, view, resolution, denied, native)
}

function verdictOn(
  line: Line,
  view: HeaderView,
  resolved: Resolved,
  denied: AuthError | null,
  native: unknown,
): Verdict {
  if (denied !== null) return refuse(line, denied, native)
  const { headers } = line
  const signals = announcementOf(line, view, resolved)
  return {
    kind: 'pass',
    principal: resolved.principal,
    headers: signals === null ? headers : { ...headers, signals },
  }
}

function refuse({ respond }: Line, error: AuthError, native: unknown): Verdict {
  return { kind: 'refuse', error, answer: respond(error, native) }
}

/** A stale cookie must not close a public page; a bad header is a mistake to report; an outage is neither. */
function goesOnWithout({ code, carrier }: Unresolved, onInvalid: 'default' | 'anonymous' | 'reject'): boolean {
  if (code === 'credential_missing') return true
  if (isOutage(code)) return false
  return onInvalid === 'anonymous' || (onInvalid === 'default' && carrier === 'cookie')
}
