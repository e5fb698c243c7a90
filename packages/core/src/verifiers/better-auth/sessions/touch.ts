import { askedInTime } from '../../../verify/stored-session/asked-in-time.js'
import type { Emit } from '../../../events/events.js'
import { cookieField, type CookieAttributes, type SetCookie } from '../../../http/set-cookie.js'
import { toMilliseconds } from '../../../sql/column-values.js'
import type { FoundSession, SessionSource } from './session.js'

/** Extends sessions as Better Auth does, with its values. */
export interface TouchOptions {
  /** `session.expiresIn`. Default 604800, seven days. */
  readonly expiresInSeconds?: number
  /** `session.updateAge`. Default 86400, one day; 0 extends at every use. */
  readonly updateAgeSeconds?: number
  /** Writes the session cookie again, with the attributes that Better Auth gives it. Default: it is left unchanged. */
  readonly cookie?: Omit<CookieAttributes, 'maxAgeSeconds'>
}

/** What extends sessions, and how long it may take, in milliseconds. */
export interface Extending {
  readonly source: SessionSource
  readonly timeoutMs: number
  /** For messages: `betterAuth(web)`. */
  readonly owner: string
}

/** Tries to extend a session; null if it is not due, another instance was first, or it failed. */
export type Touch = (token: string, found: FoundSession, now: number) => Promise<number | null>

/**
 * Moves the expiry of a session to `now + expiresIn` if `updateAge` has passed since it was last moved. A failure emits
 * an event and never refuses the request. Impersonation is never extended.
 *
 * @returns The new expiry, in milliseconds since the epoch.
 */
export function createTouch(
  options: TouchOptions,
  { source, timeoutMs, owner }: Extending,
  verifier: string,
  emit: Emit,
): Touch {
  const expiresIn = (options.expiresInSeconds ?? 604_800) * 1000
  const updateAge = (options.updateAgeSeconds ?? 86_400) * 1000
  return async (token, { session }, now) => {
    const end = toMilliseconds(session.expiresAt)
    if (end === null || end - expiresIn + updateAge > now || (session.impersonatedBy ?? null) !== null) return null
    try {
      const extend = () => source.extend(token, session.expiresAt, now + expiresIn, now)
      const isExtended = await askedInTime(extend, timeoutMs, `${owner}.sessions.extend`, [token])
      return isExtended ? now + expiresIn : null
    } catch (cause) {
      emit({ type: 'touch_failed', verifier, cause })
      return null
    }
  }
}

/** The session cookie with a new `Max-Age`. */
export function renewedCookie(name: string, value: string, options: TouchOptions): readonly SetCookie[] {
  if (options.cookie === undefined) return []
  const attributes = {
    secure: name.startsWith('__Secure-'),
    ...options.cookie,
    maxAgeSeconds: options.expiresInSeconds ?? 604_800,
  }
  return [{ name, field: cookieField(name, value, attributes), endSession: () => {} }]
}
