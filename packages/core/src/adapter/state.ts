import type { DualAuth } from '../dual-auth.js'
import type { Memo, PassHeaders, Verdict } from '../request/guard-call.js'
import type { Requirement } from '../access/requirement.js'
import { AuthError } from '../errors/auth-error.js'
import { optionError } from '../settings/options.js'
import { keepPrivate, type AnswerFields } from '../http/cache-control.js'
import type { AuthRequest } from '../http/request.js'
import { unwritten, type KeptCookies } from '../http/set-cookie.js'
import type { Principal } from '../identity/principal.js'
import type { MaybePromise } from '../async/maybe-promise.js'

/** Key of the state on a request, the same for every loaded copy. */
export const STATE: unique symbol = /* @__PURE__ */ Symbol.for('dualauth.state')

/** The state of a request: the instances mounted above it, and the result of each. */
export interface RequestState {
  /** Every mount that the request passed. */
  readonly mounts: Mount[]
  readonly memos: InstanceMemo[]
  /** Cookies to write when headers are committed, each once. */
  cookies: readonly KeptCookies[]
  /**
   * True if a preflight was passed on, so that a later phase keeps it from the handler. False once that phase is over.
   */
  preflight: boolean | undefined
  /** True once the headers of authenticated answers are set. */
  announced: boolean
  /** The headers from all guards that let the caller in. Written when headers are committed. */
  passed: PassHeaders | undefined
  /** True once the writing of pending headers is arranged. */
  committing: boolean
}

/** An object that can hold the state of a request: the request itself, or the framework's own place for it. */
export type StateHolder = object & { [STATE]?: RequestState }

/** One instance's result for the request. There are few, so a list is cheaper than a map. */
interface InstanceMemo extends Memo {
  readonly auth: DualAuth
  principal: Principal | null | undefined
}

/** One place where an instance is mounted above the request. */
export interface Mount {
  readonly auth: DualAuth
  /** Segments of the path where it is mounted; 0 is the whole app. */
  readonly depth: number
}

/** The initial state of a request, with nothing mounted above. */
export function createState(): RequestState {
  // All members from the start: adding one later changes the object's layout.
  return {
    mounts: [],
    memos: [],
    cookies: [],
    preflight: undefined,
    announced: false,
    passed: undefined,
    committing: false,
  }
}

/**
 * Refuses a value that is not an instance, such as its options.
 * @param write The correct code in this framework, for the message.
 * @throws {AuthError} `configuration_invalid`: not an instance.
 */
export function assertInstance(value: unknown, path: string, write?: string): asserts value is DualAuth {
  if (
    typeof (value as DualAuth | null)?.guard !== 'function' ||
    typeof (value as DualAuth).authenticate !== 'function'
  ) {
    const hint = write === undefined ? '' : `; write ${write}`
    throw optionError(path, `must be what createDualAuth() returned${hint}`)
  }
}

/**
 * Runs one guard on one request. The instance's answer is memoised; the requirement is evaluated each time. Even if it
 * throws, there may be cookies to write.
 */
export function runGuard(
  state: RequestState,
  auth: DualAuth,
  request: AuthRequest,
  native: unknown,
  requirement: Requirement,
): MaybePromise<Verdict> {
  const memo = memoOf(state, auth)
  const keep = (cookies: RequestState['cookies']): void => {
    state.cookies = [...new Set([...state.cookies, ...cookies])]
  }
  const verdict = auth.guard({ request, native, memo, keep }, requirement)
  return 'kind' in verdict ? noted(state, memo, verdict) : verdict.then((late) => noted(state, memo, late))
}

function noted(state: RequestState, memo: InstanceMemo, verdict: Verdict): Verdict {
  if (verdict.kind !== 'pass') return verdict
  memo.principal = verdict.principal
  state.passed = together(state.passed, verdict.headers)
  return verdict
}

/** Combines the headers of several guards: `Vary` covers all of them, and the first announcement counts. */
function together(known: PassHeaders | undefined, more: PassHeaders): PassHeaders {
  if (known === undefined || known === more) return more
  const vary = mergeVary(known.vary, more.vary) ?? known.vary
  const signals = known.signals ?? more.signals
  return { cacheControl: known.cacheControl, vary, ...(signals !== undefined && { signals }) }
}

function memoOf(state: RequestState, auth: DualAuth): InstanceMemo {
  const known = memoIn(state, auth)
  if (known !== undefined) return known
  // All members from the start: adding one later changes the object's layout.
  const memo: InstanceMemo = {
    auth,
    by: undefined,
    resolution: undefined,
    fresh: undefined,
    chunks: undefined,
    late: undefined,
    principal: undefined,
  }
  state.memos.push(memo)
  return memo
}

function memoIn({ memos }: RequestState, auth: DualAuth): InstanceMemo | undefined {
  for (const memo of memos) if (memo.auth === auth) return memo
  return undefined
}

/** The principal that a guard of this instance let in; null under `optionalAuth()`, undefined if none ran. */
export function principalIn(state: RequestState | undefined, auth: DualAuth): Principal | null | undefined {
  return state === undefined ? undefined : memoIn(state, auth)?.principal
}

/**
 * The `Set-Cookie` fields to add when headers are committed. A second call returns none. An answer with such a cookie
 * is made private, whatever its handler says about caches, because a refreshed session cannot wait for the next answer.
 *
 * @param written Fields from the handler. A cookie of the same name wins over ours.
 * @param answer The answer's headers as the handler left them: a session from an exchange is never written to an answer
 *   that a shared cache may store. Null: no cache may store it.
 */
export function takeCookies(
  state: RequestState | undefined,
  written: readonly string[],
  answer: AnswerFields | null,
): readonly string[] {
  if (state === undefined || state.cookies.length === 0) return []
  const fields = unwritten(state.cookies, written, answer === null ? null : (name) => answer.get(name))
  state.cookies = []
  if (fields.length > 0 && answer !== null) keepPrivate(answer)
  return fields
}

/**
 * The instance for this route: of the mounts that the request passed, the one with the longest path, wherever its guard
 * was declared. Undefined if nothing is mounted.
 * @param caller The calling function, for the message.
 * @throws {AuthError} `middleware_conflict`: two of one length.
 */
export function governing(mounts: readonly Mount[], caller: string): DualAuth | undefined {
  let deepest: Mount | undefined
  let isDisputed = false
  for (const mount of mounts) {
    if (deepest === undefined || mount.depth > deepest.depth) {
      deepest = mount
      isDisputed = false
    } else if (mount.depth === deepest.depth && mount.auth !== deepest.auth) isDisputed = true
  }
  if (isDisputed) {
    throw new AuthError('middleware_conflict', {
      message: `${caller}: two instances are mounted at the same path; mount each at its own`,
    })
  }
  return deepest?.auth
}

/** How many segments a mount path has; `/` has none. */
export function depthOf(path: string): number {
  if (path === '') return 0
  return path.split('/').filter((segment) => segment !== '' && segment !== '*').length
}

/**
 * Fails closed if a guard runs and nothing is mounted.
 * @param caller The calling function, for the message.
 * @param write The code of a mount in this framework, for the message.
 * @throws {AuthError} `middleware_missing`
 */
export function assertMounted(auth: DualAuth | undefined, caller: string, write: string): asserts auth is DualAuth {
  if (auth === undefined)
    throw new AuthError('middleware_missing', {
      message: `${caller}: no dualAuth is mounted above this route; write ${write}`,
    })
}

/**
 * The value of `Vary` with these fields added; null if it already has them.
 * @param present The current value.
 * @see RFC 9110 section 12.5.5
 */
export function mergeVary(present: string | null, fields: string): string | null {
  if (present === null || present === '') return fields
  if (present === fields) return null
  const known = present.toLowerCase().split(/ *, */)
  const missing = fields.split(', ').filter((field) => !known.includes(field.toLowerCase()))
  return known.includes('*') || missing.length === 0 ? null : [present, ...missing].join(', ')
}
