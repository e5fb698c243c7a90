/** How Better Auth's cookies are configured to be named. */
export interface CookieNaming {
  readonly prefix?: string | undefined
  readonly name?: string | undefined
  readonly cacheName?: string | undefined
  readonly secure?: boolean | undefined
}

/** The cookies of one server. A secure server puts `__Secure-` before every name and accepts no others. */
export interface CookieNames {
  readonly session: string
  readonly cache: string
  readonly dontRemember: string
}

/** The `__Secure-` names come first: if a site moved to https, they are newer. */
export function cookieNamesOf(naming: CookieNaming): readonly CookieNames[] {
  const { prefix = 'better-auth', secure } = naming
  const { name = `${prefix}.session_token`, cacheName = `${prefix}.session_data` } = naming
  const marks = secure === undefined ? ['__Secure-', ''] : [secure ? '__Secure-' : '']
  return marks.map((mark) => ({
    session: mark + name,
    cache: mark + cacheName,
    dontRemember: `${mark}${prefix}.dont_remember`,
  }))
}
