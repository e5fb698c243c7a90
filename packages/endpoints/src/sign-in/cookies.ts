import { cookieField, readCookies } from '@dualauth/core/adapter'

/** The cookies of a request, by name. A name stands several times where a sibling subdomain tossed one. */
export function cookiesOf({ headers }: Request): ReadonlyMap<string, readonly string[]> {
  return readCookies([headers.get('cookie') ?? ''], () => true)
}

/**
 * A `Set-Cookie` field that no script reads, for the whole site.
 *
 * @param maxAgeSeconds 0 clears it.
 */
export function field(name: string, value: string, maxAgeSeconds: number, secure: boolean): string {
  return cookieField(name, value, { maxAgeSeconds, secure })
}

/** Sends the browser on. 303, so that a `POST` is not repeated there. */
export function redirect(to: string | URL, fields: readonly string[]): Response {
  const headers = new Headers({
    location: String(to),
    'cache-control': 'private, no-store',
    'referrer-policy': 'no-referrer',
  })
  for (const cookie of fields) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
