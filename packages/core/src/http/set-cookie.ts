import { mayBeShared, type FieldOf } from './cache-control.js'

/** A cookie that a verifier wants written, such as a refreshed session. */
export interface SetCookie {
  /** Of the cookie; one of this name that the handler writes wins. */
  readonly name: string
  /** The whole `Set-Cookie` field. */
  readonly field: string
  /** Called when the app ended the session: its handler wrote a cookie of this name, and this one is not written. */
  endSession(): void
  /** True once it must not be written any more: another request's handler ended the session meanwhile. */
  isEnded?(): boolean
}

/** Chunks of a cookie that the request brought. They end with it: a handler that clears the whole one may know none. */
export interface SentChunks {
  /** Of the whole cookie. */
  readonly name: string
  /** Their names. Asked only where the cookie is cleared. */
  chunks(): readonly string[]
}

/**
 * Cookies that may be there by the time headers are committed: those of a session that is being minted. An answer that a shared
 * cache may keep brings none of them; the next one does.
 */
export interface LateCookies {
  /** A handler that wrote one of these has decided otherwise. */
  readonly unless: readonly string[]
  /** Empty: there is nothing to write yet. */
  take(): readonly SetCookie[]
  /** What was taken was not written, and never will be. */
  drop(why: LateDrop): void
}

/**
 * `cleared`: the handler ended what the request came with. `renewed`: it wrote that anew, for whomever. `written`: it wrote one of
 * these itself.
 */
export type LateDrop = 'cleared' | 'renewed' | 'written'

/** What a request keeps to be written. */
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
 * The fields to write beside those that the handler wrote. A handler that wrote the same cookie
 * wins: a logout is never undone.
 *
 * @param field Of the answer; null: no cache may keep it.
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

/** All of them or none. A handler that wrote the very same has done it already. */
function lateFields(
  late: LateCookies,
  written: readonly string[],
  wrote: (name: string) => boolean,
  field: FieldOf | null,
): readonly string[] {
  const isDecided = late.unless.some(wrote)
  // Others would be handed the session.
  const isHeldBack = isDecided || (field !== null && mayBeShared(field))
  const cookies = isHeldBack ? [] : late.take()
  if (!isDecided && !cookies.some((cookie) => wrote(cookie.name) && !written.includes(cookie.field)))
    return cookies.flatMap((cookie) => (written.includes(cookie.field) ? [] : [cookie.field]))
  const isOfLate = (text: string) => late.unless.some((name) => [name, `${name}.0`].includes(nameIn(text)))
  if (!isDecided) late.drop('written')
  else late.drop(written.some((text) => isOfLate(text) && isClearing(text)) ? 'cleared' : 'renewed')
  return []
}

/** Cleared as the handler cleared the cookie: only it knows for which path and domain. */
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

/** An empty value, or an age that is over. */
function isClearing(field: string): boolean {
  return /^[^=]*=\s*(?:"")?\s*(?:;|$)/.test(field) || /;\s*max-age\s*=\s*(?:0+|-\d+)\s*(?:;|$)/i.test(field)
}
