/** The cookies of a request, the first value of each name. */
export function cookiesOf({ headers }: Request): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).trim()
    if (equals > 0 && !found.has(name)) found.set(name, pair.slice(equals + 1).trim())
  }
  return found
}

/** A `Set-Cookie` field for the whole site that no script reads. @param maxAgeSeconds 0 clears it. */
export function field(name: string, value: string, maxAgeSeconds: number, isSecure: boolean): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly;${isSecure ? ' Secure;' : ''} SameSite=Lax`
}

/** Sends the browser on. @param status 303, so that a `POST` is not repeated there. */
export function redirect(to: string | URL, fields: readonly string[]): Response {
  const headers = new Headers({
    location: String(to),
    'cache-control': 'private, no-store',
    'referrer-policy': 'no-referrer',
  })
  for (const cookie of fields) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
