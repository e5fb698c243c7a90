import { isPending } from '../../async/maybe-promise.js'
import { unanswered, wrongAnswer, wrongMember } from '../../errors/unanswered.js'
import { isObject } from '../../settings/schemas.js'
import { own } from '../../settings/own.js'
import { toMilliseconds, type DateInput } from '../../sql/column-values.js'
import { objectOf } from '../../verify/jwt/mapped-claims.js'
import { readStoredSession, type ReadStoredSession } from '../../verify/stored-session/stored-session.js'
import type { ExpressSessionData, ExpressSessionStore, ParsedExpressSession } from './options.js'

/** Asks a store; rejects with its error. A store may answer by callback only, or also return a promise. */
export function askStore(store: ExpressSessionStore, id: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const returned = store.get(id, (error, session) => {
      if (isNoFile(error)) resolve(null)
      else if (error !== null && error !== undefined && error !== false) reject(error)
      else resolve(session)
    })
    if (isPending(returned)) Promise.resolve(returned).catch(reject)
  })
}

/**
 * Whether the session's file does not exist, which express-session treats as no session. A missing socket of a stopped
 * server has the same code, but is an outage and must sign nobody out.
 */
function isNoFile(error: unknown): boolean {
  const { code, syscall } = (isObject(error) ? error : {}) as { readonly code?: unknown; readonly syscall?: unknown }
  return code === 'ENOENT' && syscall !== 'connect'
}

/**
 * Reads a session from the store.
 *
 * @param digest By which it is named.
 * @param now Milliseconds since the epoch.
 * @throws {Error} for "cannot tell": it is not a session, or `subject` or `claims` returned something unusable.
 */
export function readSession(
  found: unknown,
  digest: string,
  { subject = passportUser, claims }: ParsedExpressSession,
  source: string,
  now: number,
): ReadStoredSession {
  if (!isObject(found) || Array.isArray(found)) throw wrongAnswer(`${source}.store.get`, found, 'a session')
  const session = found as ExpressSessionData
  const userId = called(() => subject(session), `${source}.subject`) ?? null
  if (Number.isNaN(userId)) throw wrongMember(`${source}.store.get`, 'passport.user')
  const expiresAt = endOf(session, now)
  const stating = userId === null ? null : called(() => claims?.(session), `${source}.claims`)
  const stated = { userId, expiresAt, id: digest, claims: stating }
  return readStoredSession(stated, `${source}.subject`)
}

/** Names a function of the app that throws. */
function called<T>(ask: () => T, asked: string): T {
  try {
    return ask()
  } catch (cause) {
    throw unanswered(asked, cause)
  }
}

/** The user that Passport's `serializeUser` stored: an id, or an object with one. NaN if it cannot be read. */
function passportUser(session: ExpressSessionData): string | number | null {
  const user = own(objectOf(own(session, 'passport')), 'user') ?? null
  if (user === null || user === false) return null
  const id = isObject(user) ? own(user as ExpressSessionData, 'id') : user
  return typeof id === 'string' || typeof id === 'number' ? id : Number.NaN
}

/**
 * Only the store knows the end: Redis and PostgreSQL stores extend a session that is used but leave `cookie.expires`
 * unchanged. So a past `cookie.expires` is ignored, and the session lasts another `originalMaxAge`, as in the app.
 */
function endOf(session: ExpressSessionData, now: number): number | null {
  const cookie = objectOf(own(session, 'cookie'))
  const expires = own(cookie, 'expires')
  const end = expires instanceof Date || typeof expires === 'string' ? toMilliseconds(expires as DateInput) : null
  if (end !== null && end > now) return end
  const maxAge = own(cookie, 'originalMaxAge')
  return end !== null && typeof maxAge === 'number' && maxAge > 0 && Number.isSafeInteger(maxAge) ? now + maxAge : null
}
