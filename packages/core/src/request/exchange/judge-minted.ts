import { isGranted } from '../../access/grants.js'
import { isOutage } from '../../errors/error-table.js'
import { AuthError } from '../../errors/auth-error.js'
import { extract } from '../../extract/extract.js'
import { headerView, type HeaderView } from '../../http/request.js'
import type { Principal } from '../../identity/principal.js'
import { organizationsNamed } from '../../identity/grants.js'
import { actingFor } from '../../identity/principal-of.js'
import type { Minted } from '../../migration/exchange/session-minter.js'
import type { Demand } from '../../route/verifier.js'
import { decideCookies, missing } from '../decide-cookies.js'
import type { Line } from '../line.js'
import { resolve } from '../resolve.js'
import type { Resolution } from '../resolution.js'
import { credentialOf, type OldSession } from './old-session.js'
import type { Proved } from './relations.js'
import { exchangeRefused } from './refusals.js'

const FRESH: Demand = /* @__PURE__ */ Object.freeze({ fresh: true, refresh: false, counted: true })

/**
 * Checks a new session as the next request would: by its verifier, `link`, revocations, policy, and the organization
 * that this request names. It must belong to the same person, with no more rights and no later expiry, or nobody gets
 * it.
 *
 * @param endsAt Seconds since the epoch.
 * @throws {AuthError} `exchange_refused`; an outage, unchanged.
 */
export async function judgeMinted(
  line: Line,
  view: HeaderView,
  old: OldSession,
  minted: Minted,
  endsAt: number,
): Promise<Proved> {
  const sent = headerView({ method: 'GET', headers: headersOf(minted) })
  const resolution = await resolveMinted(line, view, sent)
  if (!resolution.ok) {
    const { code, cause, retryAfterSeconds } = resolution
    throw isOutage(code) ? new AuthError(code, { cause, retryAfterSeconds }) : exchangeRefused('mismatch')
  }
  const { principal } = resolution
  if (!isSamePerson(old.principal, principal) || principal.verifier !== old.minter.verifier)
    throw exchangeRefused('mismatch')
  if (isStronger(line, old.principal, principal) || isStrongerElsewhere(line, old.principal, principal))
    throw exchangeRefused('stronger')
  if (principal.expiresAt === null || principal.expiresAt > Math.ceil(endsAt)) throw exchangeRefused('longer')
  const credential = await credentialOf(line, sent, principal)
  if (credential === null) throw exchangeRefused('mismatch')
  return { principal, credential }
}

async function resolveMinted(line: Line, view: HeaderView, sent: HeaderView): Promise<Resolution> {
  const extraction = extract(sent, line.plan)
  if (extraction.kind === 'explicit') return (await resolve(line, view, extraction.credential, FRESH)) ?? missing()
  if (extraction.kind !== 'ambient') return missing()
  const { resolution } = await decideCookies(extraction.cookies, (cookie) => resolve(line, view, cookie, FRESH), null)
  return resolution
}

/** The headers that the client would send. */
function headersOf(minted: Minted): Readonly<Record<string, string>> {
  if (minted.kind === 'tokens') return { authorization: `Bearer ${minted.tokens.accessToken}` }
  if (minted.kind !== 'cookies') return {}
  const pairs = minted.cookies.map(({ field }) => field.split(';', 1)[0] as string)
  return { cookie: pairs.filter(isKept).join('; ') }
}

/** An empty value clears a cookie; a value that ends in `=`, like base64, does not. */
function isKept(pair: string): boolean {
  return pair.slice(pair.indexOf('=') + 1).trim() !== ''
}

function isSamePerson(a: Principal, b: Principal): boolean {
  const isPerson = b.kind === 'user' && b.keyId === null && b.scopes === null && b.impersonator === null
  return isPerson && a.id === b.id && a.organization === b.organization
}

/** Roles are compared by name, permissions by what covers them. */
function isStronger({ roles }: Line, old: Principal, next: Principal): boolean {
  if (next.roles.some((role) => !old.roles.includes(role))) return true
  return next.permissions.some(
    (permission) => !old.permissions.includes(permission) && !isGranted(old, permission, roles, null),
  )
}

/**
 * In another organization that a request of this session may name, of those that `link` gives the account; or in none.
 */
function isStrongerElsewhere(line: Line, old: Principal, next: Principal): boolean {
  const [before, after] = [line.principals.get(old) ?? null, line.principals.get(next) ?? null]
  // With `link` by subject, nobody acts for another organization.
  if (after === null) return false
  const none = line.organization === null ? [] : [null]
  return [...none, ...organizationsNamed(next.account)].some((organization) => {
    const there = actingFor(next, after, organization)
    if (there === null) return false
    const known = before === null ? null : actingFor(old, before, organization)
    return known === null || isStronger(line, known, there)
  })
}
