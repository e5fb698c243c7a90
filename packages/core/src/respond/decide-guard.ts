import type { Requirement } from '../access/requirement.js'
import type { Verdict } from '../dual-auth.js'
import type { AuthError } from '../errors/auth-error.js'
import { andThen } from '../keys/and-then.js'
import type { MaybePromise } from '../keys/crypto.js'
import type { Principal } from '../identity/principal.js'
import type { Demand } from '../route/verifier.js'
import type { Resolution, Unresolved } from '../identity/resolution.js'
import type { Answer } from './answer.js'
import type { SetCookie } from '../http/set-cookie.js'
import type { Reporter } from './report.js'

export interface GuardParts {
  preflight(): boolean
  identify(demand: Demand): MaybePromise<Resolution>
  authorize(principal: Principal): MaybePromise<AuthError | null>
  keep(cookies: readonly SetCookie[]): void
  readonly requirement: Requirement
  readonly report: Reporter
  readonly respond: (error: AuthError) => Answer
  readonly headers: { readonly cacheControl: string; readonly vary: string }
}

/** One guard on one request: 401 comes before 403, and the requirement is evaluated every time. */
export function decideGuard(parts: GuardParts): MaybePromise<Verdict> {
  if (parts.preflight()) return { kind: 'preflight' }
  const { requirement } = parts
  const fresh = requirement.kind === 'authenticated' && requirement.fresh === true
  return andThen(parts.identify({ fresh, refresh: true }), (resolution) => judge(parts, resolution))
}

function judge(parts: GuardParts, resolution: Resolution): MaybePromise<Verdict> {
  const { requirement, report, respond, headers } = parts
  // First of all: a callback of the app may throw, and a refreshed session must not be lost.
  if (resolution.cookies !== undefined) parts.keep(resolution.cookies)
  const refuse = (error: AuthError): Verdict => ({ kind: 'refuse', error, answer: respond(error) })
  if (!resolution.ok) {
    if (requirement.kind !== 'optional' || !goesOnWithout(resolution, requirement.onInvalid))
      return refuse(report.refused(resolution))
    if (resolution.code !== 'credential_missing') report.ignored(resolution)
    return { kind: 'pass', principal: null, headers }
  }
  const { principal } = resolution
  return andThen(parts.authorize(principal), (denied): Verdict =>
    denied === null ? { kind: 'pass', principal, headers } : refuse(denied),
  )
}

/** A stale cookie must not close a public page; a bad header is a mistake to tell; an outage is neither. */
function goesOnWithout({ code, carrier }: Unresolved, onInvalid: 'default' | 'anonymous' | 'reject'): boolean {
  if (code === 'credential_missing') return true
  if (code === 'verifier_unavailable' || code === 'account_unavailable') return false
  return onInvalid === 'anonymous' || (onInvalid === 'default' && carrier === 'cookie')
}
