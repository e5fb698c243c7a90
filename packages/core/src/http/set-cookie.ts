import { mayBeShared, type FieldOf } from './cache-control.js'

/** A cookie that a verifier wants written, such as a refreshed session. */
export interface SetCookie {
  /** Name of the cookie. If the handler writes a cookie of this name, that one is used. */
  readonly name: string
  /** The whole `Set-Cookie` field. */
  readonly field: string
  /** Called when the app has ended the session: its handler wrote a cookie of this name, so this one is not written. */
  endSession(): void
  /** True once it must no longer be written, because another request's handler has ended the session. */
  isEnded?(): boolean
}

/**
 * Chunks of a cookie in the request. They are cleared with it: a handler that clears the whole cookie may not know
 * about them.
 */
export interface SentChunks {
  /** Name of the whole cookie. */
  readonly name: string
  /** Names of the chunks. Called only if the cookie is cleared. */
  chunks(): readonly string[]
}

/**
 * Cookies that may be ready when headers are committed: those of a session being created. They are never added to an
 * answer that a shared cache may store, but to the next one.
 */
export interface LateCookies {
  /** If the handler wrote one of these cookies, these are dropped. */
  readonly unless: readonly string[]
  /** Empty if there is nothing to write yet. */
  take(): readonly SetCookie[]
  /** Called if the taken cookies were not written and never will be. */
  drop(why: LateDrop): void
}

/**
 * `cleared`: the handler cleared the request's own cookie. `renewed`: it wrote that cookie again, for whomever.
 * `written`: it wrote one of these cookies itself.
 */
export type LateDrop = 'cleared' | 'renewed' | 'written'

/** What a request keeps for writing. */
export type KeptCookies = SetCookie | SentChunks | LateCookies

export const NO_COOKIES: readonly SetCookie[] = /* @__PURE__ */ Object.freeze([])

/** How a cookie is written. Always `HttpOnly`. */
export interface CookieAttributes {
  /** Default `/`. */
  readonly path?: string
  readonly domain?: string
  /** Default `lax`. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Default true. */
  readonly secure?: boolean
  readonly maxAgeSeconds?: number
}

/** Always `HttpOnly`. @see RFC 6265 section 4.1 */
export function cookieField(name: string, value: string, attributes: CookieAttributes): string {
  const { path = '/', domain, sameSite = 'lax', secure = true, maxAgeSeconds } = attributes
  return [
    `${name}=${value}`,
    `Path=${path}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(maxAgeSeconds === undefined ? [] : [`Max-Age=${maxAgeSeconds}`]),
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    `SameSite=${sameSite.charAt(0).toUpperCase()}${sameSite.slice(1)}`,
  ].join('; ')
}

/**
 * The fields to write in addition to the handler's. A cookie that the handler wrote is left alone, so a logout is never
 * undone.
 *
 * @param field Reads fields of the answer; null: no cache may store it.
 */
export function unwritten(
  cookies: readonly KeptCookies[],
  written: readonly string[],
  field: FieldOf | null = null,
): readonly string[] {
  const names = new Set(written.map(nameIn))
  // Clearing the first chunk ends a session that is kept in chunks.
  const wrote = (name: string) => names.has(name) || names.has(`${name}.0`)
  return cookies.flatMap((cookie) => {
    if ('chunks' in cookie) return clearedWith(cookie, written, names)
    if ('take' in cookie) return lateFields(cookie, written, wrote, field)
    if (!wrote(cookie.name)) return cookie.isEnded?.() === true ? [] : [cookie.field]
    cookie.endSession()
    return []
  })
}

/** All of them or none. A field that the handler has already written is not repeated. */
function lateFields(
  late: LateCookies,
  written: readonly string[],
  wrote: (name: string) => boolean,
  field: FieldOf | null,
): readonly string[] {
  const isDecided = late.unless.some(wrote)
  // Otherwise a shared cache would give the session to others.
  const isHeldBack = isDecided || (field !== null && mayBeShared(field))
  const cookies = isHeldBack ? [] : late.take()
  if (!isDecided && !cookies.some((cookie) => wrote(cookie.name) && !written.includes(cookie.field)))
    return cookies.flatMap((cookie) => (written.includes(cookie.field) ? [] : [cookie.field]))
  const isOfLate = (text: string) => late.unless.some((name) => [name, `${name}.0`].includes(nameIn(text)))
  if (!isDecided) late.drop('written')
  else late.drop(written.some((text) => isOfLate(text) && isClearing(text)) ? 'cleared' : 'renewed')
  return []
}

/** Cleared like the handler's cookie: only the handler knows the path and domain. */
function clearedWith(
  { name, chunks }: SentChunks,
  written: readonly string[],
  names: ReadonlySet<string>,
): readonly string[] {
  const clearing = written.findLast((field) => [name, `${name}.0`].includes(nameIn(field)) && isClearing(field))
  if (clearing === undefined) return []
  const rest = clearing.slice(clearing.indexOf('='))
  return chunks().flatMap((chunk) => (names.has(chunk) ? [] : [`${chunk}${rest}`]))
}

function nameIn(field: string): string {
  return field.slice(0, field.indexOf('=')).trim()
}

/** Whether the value is empty or the age is past. */
function isClearing(field: string): boolean {
  return /^[^=]*=\s*(?:"")?\s*(?:;|$)/.test(field) || /;\s*max-age\s*=\s*(?:0+|-\d+)\s*(?:;|$)/i.test(field)
}
