/** How Better Auth was told to name its cookies. */
export interface CookieNaming {
  readonly prefix?: string | undefined
  readonly name?: string | undefined
  readonly cacheName?: string | undefined
  readonly secure?: boolean | undefined
}

/** Cookies of one server: a secure one puts `__Secure-` in front of every name, and takes no other. */
export interface CookieNames {
  readonly session: string
  readonly cache: string
  readonly dontRemember: string
}

/** The `__Secure-` names first: they are the newer ones where a site moved to https. */
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
