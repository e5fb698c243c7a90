import { AuthError, isAuthError } from '../../errors/auth-error.js'
import { provesOrigin } from '../../extract/origin.js'
import { headerView, type AuthRequest, type HeaderView } from '../../http/request.js'
import { NO_COOKIES } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { Demand } from '../../route/verifier.js'
import { identify } from '../identify.js'
import type { Line } from '../line.js'
import type { Resolution } from '../resolution.js'
import type { ExchangeResult } from './exchange-result.js'
import { credentialOf, keysOf, provedBy, type OldSession } from './old-session.js'
import { passageOf } from './passage-of.js'
import { exchangeRefused } from './refusals.js'
import { emitNoPassage, type Begin, type Exchanger } from './exchanger.js'
import type { Begun } from './mint.js'
import { watchOf } from './revoked-meanwhile.js'

const FRESH: Demand = /* @__PURE__ */ Object.freeze({ fresh: true, refresh: true })

/** Exchanges a request's credential for a session of the side that issues for its person. */
export async function exchange(
  line: Line,
  exchanger: Exchanger,
  request: AuthRequest,
  tokens: boolean | 'unless-cookie',
): Promise<ExchangeResult> {
  // Treated as unsafe whatever the method, because a session is started.
  const view: HeaderView = { ...headerView(request), method: 'POST' }
  const resolution = await identify(line, view, FRESH)
  const { cookies = NO_COOKIES } = resolution
  try {
    const principal = admitted(line, view, resolution)
    if (principal === null) return { ok: false, error: line.report.refused(resolution as Refused), cookies }
    const found = await exchanged(line, exchanger, { request, view, tokens }, principal)
    return { ok: true, ...found, cookies: [...cookies, ...found.cookies] }
  } catch (cause) {
    if (!isAuthError(cause)) throw cause
    return { ok: false, error: cause, cookies }
  }
}

type Refused = Extract<Resolution, { readonly ok: false }>
type Found = Omit<Extract<ExchangeResult, { readonly ok: true }>, 'ok'>

/**
 * Whom the request proves, even if the stage refuses the credential's side. Null: nobody.
 * @throws {AuthError} `origin_untrusted`
 */
function admitted(line: Line, view: HeaderView, resolution: Resolution): Principal | null {
  if (resolution.ok) return resolution.principal
  const { steered, carrier } = resolution
  const principal = provedBy(resolution)
  if (principal === null || steered?.refusal.side !== 'old' || steered.refusal.reason !== 'retired') return null
  // The origin of a refused credential has not been checked yet.
  if (carrier === 'cookie' && !provesOrigin(view, line.origins, principal.verifier))
    throw new AuthError('origin_untrusted')
  return principal
}

/**
 * Another site's page must not sign its visitor in as somebody else with its own token.
 *
 * @throws {AuthError} `origin_untrusted`
 */
function assertOwnPage({ origins }: Line, view: HeaderView, { verifier }: Principal): void {
  const isBrowser = view.values('origin').length > 0 || view.values('sec-fetch-site').length > 0
  if (isBrowser && !provesOrigin(view, origins, verifier)) throw new AuthError('origin_untrusted')
}

async function exchanged(
  line: Line,
  exchanger: Exchanger,
  asked: { readonly request: AuthRequest; readonly view: HeaderView; readonly tokens: boolean | 'unless-cookie' },
  principal: Principal,
): Promise<Found> {
  const credential = await credentialOf(line, asked.view, principal)
  if (credential === null) throw exchangeRefused('verifier')
  const { carrier } = credential
  const how = { ...asked, tokens: asked.tokens === 'unless-cookie' ? carrier !== 'cookie' : asked.tokens }
  // A script must not turn a cookie that it cannot read into a token that it can read.
  if (how.tokens && carrier === 'cookie') throw exchangeRefused('no_tokens')
  const passage = await passageOf(line, principal).catch((cause: unknown) => {
    emitNoPassage(line, { principal, credential }, false, cause)
    throw cause
  })
  if (passage === 'current') {
    if (how.tokens) throw exchangeRefused('current')
    return { kind: 'current', principal, carrier, tokens: null, cookies: NO_COOKIES }
  }
  if (!how.tokens && carrier !== 'cookie') assertOwnPage(line, asked.view, principal)
  const { key, mark } = await keysOf(line, principal, credential)
  const old = { ...passage, principal, credential, key }
  const begun = await begunOf(line, exchanger, old, { ...how, mark, automatic: false })
  return { kind: 'exchanged', principal: begun.principal, carrier, tokens: begun.tokens, cookies: begun.cookies }
}

/** Tries again once if a joined flight was stopped by another request, such as one that rewrote the old cookie. */
const TRIES = 2

/** @throws {AuthError} `credential_revoked`: it was ended meanwhile. */
async function begunOf(line: Line, exchanger: Exchanger, old: OldSession, how: Begin): Promise<Begun> {
  const watch = await watchOf(line, old)
  for (let tried = 0; tried < TRIES; tried++) {
    if (exchanger.flights.isForgotten(how.mark) || watch.isOldRevoked()) throw new AuthError('credential_revoked')
    const flight = exchanger.begin(line, old, how)
    await flight.begun
    const begun = flight.take(old.principal)
    if (begun !== null) return begun
  }
  throw new AuthError(
    exchanger.flights.isForgotten(how.mark) || watch.isOldRevoked() ? 'credential_revoked' : 'verifier_unavailable',
  )
}
