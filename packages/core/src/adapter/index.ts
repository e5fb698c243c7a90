/**
 * For adapters: the guards that each exports, and the state of a request. State is kept on the request under one
 * `Symbol.for` key, so that several loaded copies of the package agree. Also for endpoints: bounded calls to a
 * provider, work done once among instances, and reading and writing cookies.
 */
export { asError } from '../errors/as-error.js'
export { AuthError } from '../errors/auth-error.js'
export { createCoalesce, type Coalesce } from '../async/coalesce.js'
export { isPending } from '../async/maybe-promise.js'
export { within } from '../async/within.js'
export { createGuards, type GuardParts, type Guards } from './guards.js'
export {
  assertCalledAsFactory,
  authenticatedRequirement,
  optionalRequirement,
  organizationRequirement,
  permissionRequirement,
  roleRequirement,
  type OptionalAuthOptions,
  type RequireAuthOptions,
} from './requirements.js'
export { announceIn, missingSignals } from './announce.js'
export { constantTimeEqual } from './constant-time.js'
export { headWriter, writeOnCommit, type NodeResponse } from './node-response.js'
export {
  assertInstance,
  assertMounted,
  createState,
  depthOf,
  governing,
  mergeVary,
  runGuard,
  STATE,
  takeCookies,
  type Mount,
  type RequestState,
  type StateHolder,
} from './state.js'
export {
  assertResponse,
  assertWebHandler,
  handOver,
  mountedRequest,
  type MountedRequest,
  type WebHandler,
} from './web-handler.js'
export { createCircuitBreaker, type CircuitBreaker } from '../outbound/circuit-breaker.js'
export { fetchJson, type FetchedJson, type FetchLimits } from '../outbound/fetch-json.js'
export { assertEndpointUrl } from '../outbound/endpoint-url.js'
export { readAtMost } from '../outbound/read-bounded.js'
export { isPageUrl, PAGE_URL } from '../outbound/page-url.js'
export { retryAfterOf } from '../outbound/retry-after.js'
export { discreetError } from '../sql/discreet-query.js'
export { sqlStateOf } from '../sql/sql-state.js'
export { runUnderLease } from '../verify/sealed-session/lease.js'
export { memoryStore, timedStore, type RefreshStore } from '../verify/sealed-session/shared-store.js'
export {
  isBodyAsSent,
  markBodyLost,
  webHeaders,
  webRequest,
  type NodeBody,
  type NodeRequestParts,
} from './web-request.js'
export { fieldsOf, goneSignal, writeWebResponse, type NodeWritable } from './web-response.js'
export type { PermissionRule, Requirement } from '../access/requirement.js'
export type { DualAuth } from '../dual-auth.js'
export type { GuardCall, Memo, Verdict } from '../request/guard-call.js'
export type { AuthRequest, NodeRequestLike, PlainRequest } from '../http/request.js'
export type { Account, Principal } from '../identity/principal.js'
export type { PrincipalOfAuth, RegisteredAuth, RegisteredPrincipal } from '../register.js'
export type { AnswerFields } from '../http/cache-control.js'
export { readCookies } from '../http/cookies.js'
export { cookieField, type CookieAttributes, type SetCookie } from '../http/set-cookie.js'
export type { Answer } from '../respond/answer.js'
