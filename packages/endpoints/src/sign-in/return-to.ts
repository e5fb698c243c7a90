const MAX_LENGTH = 1024

/**
 * Where somebody goes after signing in: a path of this site, as they asked for it, or `home`. Anything that a browser could read as
 * another site is `home`: a scheme, `//`, a backslash, a control character. So are the pages of signing in, which would go round; where the
 * callback lies at the root of the site, these five only.
 *
 * @param asked Untrusted.
 * @param callback Of this site.
 * @see https://cwe.mitre.org/data/definitions/601.html
 */
export function safeReturnTo(asked: string | null, callback: URL, home: string): string {
  if (asked === null || asked.length > MAX_LENGTH || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked)) return home
  const { origin, pathname, search, hash } = new URL(asked, callback)
  // What is resolved may begin with two slashes although what was written did not: `/.//evil.example`.
  const isOurs = origin === callback.origin && !pathname.startsWith('//')
  const base = callback.pathname.replace(/callback$/, '')
  const isOfSignIn = base === '/' ? PAGES.includes(pathname) : pathname.startsWith(base)
  return isOurs && !isOfSignIn ? pathname + search + hash : home
}

const PAGES: readonly string[] = ['/sign-in', '/callback', '/sign-out', '/me', '/refresh']
