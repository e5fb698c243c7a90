/** Somebody who signs in once and keeps the credential, as a browser or an app does. */
export interface Client {
  signIn(): Promise<string>
  /** Status, code or verifier of the answer, and its headers. */
  me(): Promise<{ readonly brief: string; readonly headers: Headers }>
  /** What the second service says to the same credential, sent as a bearer. */
  reports(): Promise<string>
}

const SESSION = 'better-auth.session_token='

/** The addresses of both services, and who calls them. */
export interface ClientOptions {
  readonly url: string
  readonly secondUrl: string
  readonly email: string
  readonly password: string
  /** Begins on the new side, at the endpoints of Better Auth. */
  readonly isNew?: boolean
}

export function createClient({ url, secondUrl, email, password, isNew = false }: ClientOptions): Client {
  let headers: Record<string, string> = {}
  let bearer = ''
  return {
    async signIn() {
      const response = await fetch(`${url}${isNew ? '/api/auth/sign-up/email' : '/login'}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url },
        body: JSON.stringify({ email, password, ...(isNew && { name: '' }) }),
      })
      const { token } = (await response.json()) as { token: string | null }
      const cookies = response.headers.getSetCookie().map((field) => field.split(';')[0]!)
      const session = cookies.find((cookie) => cookie.startsWith(SESSION))
      if (session === undefined) {
        bearer = token ?? ''
        headers = { authorization: `Bearer ${bearer}` }
        return `${response.status} a token of our own`
      }
      bearer = session.slice(SESSION.length)
      headers = { cookie: cookies.join('; ') }
      return `${response.status} a session of Better Auth`
    },
    async me() {
      const response = await fetch(`${url}/me`, { headers })
      const { verifier, code } = (await response.json()) as { verifier?: string; code?: string }
      return { brief: `${response.status} ${verifier ?? code}`, headers: response.headers }
    },
    async reports() {
      const response = await fetch(`${secondUrl}/reports`, { headers: { authorization: `Bearer ${bearer}` } })
      const text = await response.text()
      const { verifier } = (text === '' ? {} : JSON.parse(text)) as { verifier?: string }
      return verifier === undefined ? String(response.status) : `${response.status} ${verifier}`
    },
  }
}
