import { andThen, isPending } from '../../async/maybe-promise.js'
import { isAuthError } from '../../errors/auth-error.js'
import type { AuthRequest, HeaderView } from '../../http/request.js'
import { NO_COOKIES, type LateCookies, type LateDrop } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { Credential } from '../../extract/credential.js'
import { stateFor } from '../../migration/policy/compiled-policy.js'
import type { Part } from '../../migration/steering.js'
import type { Demand } from '../../route/verifier.js'
import type { Line } from '../line.js'
import { resolve } from '../resolve.js'
import type { Resolved } from '../resolution.js'
import { emitNoPassage, flightKeyOf, type Exchanger } from './exchanger.js'
import type { Flight } from './flights.js'
import { credentialOf, keysOf } from './old-session.js'
import { passageOf } from './passage-of.js'

const FRESH: Demand = /* @__PURE__ */ Object.freeze({ fresh: true, refresh: false, counted: true })
/** Maximum concurrent automatic exchanges. Others are tried at a later request. */
const MAX_AUTOMATIC = 16
/** Pause before the next try: after an outage, and after a refusal, which a later policy may undo. */
const REST_MS = { outage: 30_000, refusal: 60_000 } as const

/**
 * The new-side session that may be added to the answer to a browser accepted by its old-side cookie. Nothing waits for
 * it: it is written if it is ready when headers are committed; otherwise the next request gets it. Null: none.
 */
export function automaticExchange(
  line: Line,
  exchanger: Exchanger,
  request: AuthRequest,
  view: HeaderView,
  { principal, carrier }: Resolved,
): LateCookies | null {
  if (carrier !== 'cookie' || !isPerson(principal)) return null
  // A browser may drop the cookies of such an answer, and the exchange would count as used.
  if (view.values('sec-fetch-site').includes('cross-site')) return null
  if (!(line.steering?.partsOf(principal.verifier) ?? []).some((part) => isAutomatic(part, principal))) return null
  const credential = credentialOf(line, view, principal)
  if (isPending(credential) || credential === null) return null
  let flight: Coming | null = null
  let dropped: LateDrop | null = null
  const found = (late: Coming | null): void => {
    flight = late
    if (dropped !== null) late?.drop(dropped)
  }
  const keys = keysOf(line, principal, credential)
  const go = (late: Keys): Coming | null => joinOrStart(line, exchanger, { request, view, principal, credential }, late)
  if (isPending(keys)) void keys.then((late) => found(go(late))).catch(() => {})
  else found(go(keys))
  return {
    unless: [credential.name],
    take: () => flight?.take()?.cookies ?? NO_COOKIES,
    drop(why) {
      dropped = why
      flight?.drop(why)
      // As after a sign-out, no other answer may deliver it, either.
      if (why === 'cleared') void andThen(keys, ({ mark }) => exchanger.flights.forget(mark))
    },
  }
}

type Keys = { readonly key: string; readonly mark: string }

interface Found {
  readonly request: AuthRequest
  readonly view: HeaderView
  readonly principal: Principal
  readonly credential: Credential
}

/** A request's access to a flight, even before it has started. */
interface Coming extends Pick<LateCookies, 'drop'> {
  take(): ReturnType<Flight['take']>
}

function comingOf(flight: Flight, principal: Principal): Coming {
  return {
    take: () => flight.take(principal),
    // The flight is kept by the old session, to which a renewed cookie also belongs: another answer delivers it.
    drop: (why) => (why === 'renewed' ? flight.passUp() : flight.drop()),
  }
}

function joinOrStart(line: Line, exchanger: Exchanger, found: Found, keys: Keys): Coming | null {
  const { flights } = exchanger
  const flightKey = flightKeyOf({ key: keys.key, principal: found.principal }, false)
  const known = flights.find(flightKey)
  if (known !== undefined) return comingOf(known, found.principal)
  if (flights.underWay >= MAX_AUTOMATIC || flights.isResting(flightKey)) return null
  let started: Coming | null = null
  let dropped: LateDrop | null = null
  const rest = (cause?: unknown): void => flights.rest(flightKey, line.now() + restMs(cause))
  // Until it is known whether there is anything to exchange, other requests with the same credential start nothing.
  rest()
  void start(line, exchanger, found, keys).then(
    (flight) => {
      if (flight === null) return
      started = comingOf(flight, found.principal)
      if (dropped !== null) started.drop(dropped)
      flight.begun.catch(rest)
    },
    (cause: unknown) => {
      rest(cause)
      // Most people with a session are not in the rollout, and nobody requested this exchange.
      if (!isAuthError(cause) || cause.reason !== 'cohort') emitNoPassage(line, found, true, cause)
    },
  )
  return {
    take: () => started?.take() ?? null,
    drop(why) {
      dropped = why
      started?.drop(why)
    },
  }
}

function restMs(cause: unknown): number {
  if (cause === undefined) return REST_MS.refusal
  if (!isAuthError(cause) || cause.status >= 500) return REST_MS.outage
  const { retryAfterSeconds } = cause
  // A limit may ask for an hour, but the policy may change sooner.
  return retryAfterSeconds === null ? REST_MS.refusal : Math.min(REST_MS.refusal, retryAfterSeconds * 1000)
}

/**
 * First uses what is known, because most people are not in the rollout; then bypasses every cache, because what
 * accepted the request may be some minutes old. Null if there is nothing to exchange.
 */
async function start(
  line: Line,
  exchanger: Exchanger,
  { request, view, principal, credential }: Found,
  { key, mark }: Keys,
): Promise<Flight | null> {
  const passage = await passageOf(line, principal)
  if (passage === 'current') return null
  const resolution = await resolve(line, view, credential, FRESH)
  const proved = resolution?.ok === true ? resolution.principal : null
  if (proved?.id !== principal.id || proved.organization !== principal.organization) return null
  // The app ended the session meanwhile.
  if (exchanger.flights.isForgotten(mark)) return null
  const old = { ...passage, principal: proved, credential, key }
  return exchanger.begin(line, old, { request, view, tokens: false, mark, automatic: true })
}

function isPerson({ kind, keyId, scopes, impersonator }: Principal): boolean {
  return kind === 'user' && keyId === null && scopes === null && impersonator === null
}

/** Uses the current policy, which has just accepted the caller. */
function isAutomatic({ migration, side }: Part, { organization }: Principal): boolean {
  if (side === 'new' || migration.options.exchange?.automatic !== true) return false
  const policy = migration.policy.current()
  return !isPending(policy) && policy !== null && stateFor(policy, organization).stage === 'prefer-new'
}
