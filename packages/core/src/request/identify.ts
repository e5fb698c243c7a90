import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { Credential } from '../extract/credential.js'
import { extract } from '../extract/extract.js'
import { provesOrigin } from '../extract/origin.js'
import { isWebSocketHandshake, type HeaderView } from '../http/request.js'
import type { Demand } from '../route/verifier.js'
import { decideCookies, missing } from './decide-cookies.js'
import { isIdleFor } from './idle.js'
import type { Line } from './line.js'
import { noteEvidence } from './note-evidence.js'
import { resolve } from './resolve.js'
import type { Resolution, Unresolved } from './resolution.js'

/**
 * Who is calling? Without a promise if what is remembered is enough.
 * @param isUpgrade True for a WebSocket handshake.
 */
export function identify(line: Line, view: HeaderView, demand: Demand, isUpgrade = false): MaybePromise<Resolution> {
  const startedAt = line.report.start()
  const resolution = extractAndResolve(line, view, demand, isUpgrade)
  return 'ok' in resolution
    ? noted(line, view, resolution, startedAt)
    : resolution.then((late) => noted(line, view, late, startedAt))
}

function noted(line: Line, view: HeaderView, resolution: Resolution, startedAt: number): Resolution {
  line.report.resolved(resolution, startedAt)
  if (line.steering !== null) noteEvidence(line.steering, resolution)
  if (line.exchanger !== null && resolution.ok) line.exchanger.presented(resolution.principal)
  if (line.shadow !== null) line.shadow.resolved(line, view, resolution)
  return resolution
}

function extractAndResolve(line: Line, view: HeaderView, demand: Demand, isUpgrade: boolean): MaybePromise<Resolution> {
  const { plan } = line
  const extraction = extract(view, plan, plan.subprotocol !== null && isHandshake(view, isUpgrade))
  if (extraction.kind === 'none') return missing()
  if (extraction.kind === 'refused') return { ok: false, reason: null, verifier: null, ...extraction }
  if (extraction.kind === 'explicit') {
    const { credential } = extraction
    const owned = resolve(line, view, credential, demand)
    return owned === null || 'ok' in owned ? naming(credential, owned) : owned.then((late) => naming(credential, late))
  }
  return resolveAmbient(line, view, extraction.cookies, demand, isUpgrade)
}

/**
 * Adds to a refusal where its credential was. Member by member: under a flood of junk, spreading refusals of many
 * shapes costs more than judging the junk.
 */
function naming({ carrier, name }: Credential, owned: Resolution | null): Resolution {
  if (owned?.ok === true) return owned
  const refused = owned ?? unsupported(carrier)
  return {
    ok: false,
    code: refused.code,
    reason: refused.reason,
    claim: refused.claim,
    verifier: refused.verifier,
    carrier: refused.carrier,
    name,
    accountId: refused.accountId,
    verifiers: refused.verifiers,
    retryAfterSeconds: refused.retryAfterSeconds,
    linkReason: refused.linkReason,
    identity: refused.identity,
    cause: refused.cause,
    steered: refused.steered,
    notice: refused.notice,
    cookies: refused.cookies,
  }
}

function resolveAmbient(
  line: Line,
  view: HeaderView,
  cookies: readonly (readonly Credential[])[],
  demand: Demand,
  isUpgrade: boolean,
): MaybePromise<Resolution> {
  const { steering } = line
  // A request caused by another site is refused, and must not use up a refresh first.
  const own =
    demand.refresh && !provesOrigin(view, line.origins, null, isUpgrade) ? { ...demand, refresh: false } : demand
  const decision = decideCookies(
    cookies,
    (cookie) => resolve(line, view, cookie, own),
    steering === null ? null : (cookie, callers) => isIdleFor(line, steering, cookie, callers),
  )
  return andThen(decision, ({ resolution, ignored }): Resolution => {
    for (const one of ignored) line.report.ignored(one)
    if (!resolution.ok) return resolution
    const { principal, cookies: written } = resolution
    const { verifier } = principal
    if (provesOrigin(view, line.origins, verifier, isHandshake(view, isUpgrade))) return resolution
    return { ok: false, code: 'origin_untrusted', reason: null, verifier, carrier: 'cookie', cookies: written }
  })
}

/** A guard on an upgrade route is as strict as `authenticateUpgrade`. */
function isHandshake(view: HeaderView, isUpgrade: boolean): boolean {
  return isUpgrade || isWebSocketHandshake(view)
}

function unsupported(carrier: Unresolved['carrier']): Unresolved {
  return { ok: false, code: 'credential_unsupported', reason: null, verifier: null, carrier }
}
