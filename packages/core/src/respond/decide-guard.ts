import type { Requirement } from '../access/requirement.js'
import type { Verdict } from '../dual-auth.js'
import type { AuthError } from '../errors/auth-error.js'
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
  authorize(principal: Principal): Promise<AuthError | null>
  readonly requirement: Requirement
  readonly report: Reporter
  readonly respond: (error: AuthError) => Answer
  readonly headers: { readonly cacheControl: string; readonly vary: string }
}

const NONE: readonly SetCookie[] = Object.freeze([])

/** One guard on one request: 401 comes before 403, and the requirement is evaluated every time. */
export async function decideGuard({
  preflight,
  identify,
  authorize,
  requirement,
  report,
  respond,
  headers,
}: GuardParts): Promise<Verdict> {
  if (preflight()) return { kind: 'preflight' }
  const found = identify({
    fresh: requirement.kind === 'authenticated' && requirement.fresh === true,
    refresh: true,
  })
  const resolution = found instanceof Promise ? await found : found
  const { cookies = NONE } = resolution
  const refuse = (error: AuthError): Verdict => ({ kind: 'refuse', error, answer: respond(error), cookies })
  if (!resolution.ok) {
    if (requirement.kind !== 'optional' || !goesOnWithout(resolution, requirement.onInvalid))
      return refuse(report.refused(resolution))
    if (resolution.code !== 'credential_missing') report.ignored(resolution)
    return { kind: 'pass', principal: null, headers, cookies }
  }
  const denied = await authorize(resolution.principal)
  return denied === null ? { kind: 'pass', principal: resolution.principal, headers, cookies } : refuse(denied)
}

/** A stale cookie must not close a public page; a bad header is a mistake to tell; an outage is neither. */
function goesOnWithout({ code, carrier }: Unresolved, onInvalid: 'default' | 'anonymous' | 'reject'): boolean {
  if (code === 'credential_missing') return true
  if (code === 'verifier_unavailable' || code === 'account_unavailable') return false
  return onInvalid === 'anonymous' || (onInvalid === 'default' && carrier === 'cookie')
}
