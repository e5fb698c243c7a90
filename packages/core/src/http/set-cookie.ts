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
 */
export function unwritten(cookies: readonly SetCookie[], written: readonly string[]): readonly string[] {
  const names = new Set(written.map((field) => field.slice(0, field.indexOf('=')).trim()))
  // Clearing the first chunk ends a session that is kept in chunks.
  const wrote = (name: string) => names.has(name) || names.has(`${name}.0`)
  return cookies.flatMap((cookie) => {
    if (!wrote(cookie.name)) return cookie.isEnded?.() === true ? [] : [cookie.field]
    cookie.endSession()
    return []
  })
}
