import { AuthError } from '../../errors/auth-error.js'
import { DEFAULT_MAX_CREDENTIAL_BYTES } from '../../extract/credential.js'
import { countChunks, isChunkOf } from '../../http/chunks.js'
import { readCookies } from '../../http/cookies.js'
import { headerView, type AuthRequest } from '../../http/request.js'
import { cookieField, type SetCookie } from '../../http/set-cookie.js'
import { sessionCookies, type SessionCookieRules } from './session-cookies.js'

/** The browser in which a session begins. */
export interface SessionBrowser {
  /** The request being answered: chunks of an earlier session in it are cleared. Default: it has none. */
  readonly request?: AuthRequest | undefined
  /** `maxCredentialBytes` of the instance that will read the session, in bytes. Default 8192. */
  readonly maxCredentialBytes?: number | undefined
}

type Rules = Omit<SessionCookieRules, 'maxBytes'>

/**
 * The cookies for a new session.
 *
 * @throws {AuthError} `credential_too_large`: the next request would be refused.
 */
export function beginCookies(
  rules: Rules,
  sealed: string,
  { request, maxCredentialBytes = DEFAULT_MAX_CREDENTIAL_BYTES }: SessionBrowser,
): readonly SetCookie[] {
  const chunks = request === undefined ? 0 : countChunks(rules.name, cookiesOf(rules, request))
  const fate = { endSession: () => {} }
  const cookies = sessionCookies({ ...rules, maxBytes: maxCredentialBytes }, sealed, chunks, fate)
  if (cookies === null) throw new AuthError('credential_too_large')
  return cookies
}

/** A sibling subdomain may set a hundred, and no proxy would pass on so many fields that clear them. */
const MAX_CLEARED = 20

/** Cookies that clear a session: the whole cookie, and each chunk in the request, even after a gap, lowest first. */
export function clearedCookies(rules: Rules, request: AuthRequest): readonly SetCookie[] {
  const { name } = rules
  const chunks = [...cookiesOf(rules, request).keys()].filter((other) => other !== name)
  const lowest = chunks.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, MAX_CLEARED)
  const cleared = (other: string): SetCookie => ({
    name,
    field: cookieField(other, '', { ...rules, maxAgeSeconds: 0 }),
    endSession: () => {},
  })
  return [name, ...lowest].map(cleared)
}

function cookiesOf({ name }: Rules, request: AuthRequest): ReadonlyMap<string, readonly string[]> {
  return readCookies(headerView(request).values('cookie'), (other) => other === name || isChunkOf([name], other))
}
