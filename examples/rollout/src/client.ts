/** Somebody who signs in once and keeps what he got, as a browser or an app does. */
export interface Client {
  signIn(): Promise<string>
  /** Status, code or verifier of the answer, and its headers. */
  me(): Promise<{ readonly brief: string; readonly headers: Headers }>
}

export function createClient(url: string, email: string, password: string): Client {
  let headers: Record<string, string> = {}
  return {
    async signIn() {
      const response = await fetch(`${url}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      })
      const { token } = (await response.json()) as { token: string | null }
      const cookies = response.headers.getSetCookie().map((field) => field.split(';')[0])
      headers = token === null ? { cookie: cookies.join('; ') } : { authorization: `Bearer ${token}` }
      return `${response.status} ${token === null ? 'a session of Better Auth' : 'a token of our own'}`
    },
    async me() {
      const response = await fetch(`${url}/me`, { headers })
      const { verifier, code } = (await response.json()) as { verifier?: string; code?: string }
      return { brief: `${response.status} ${verifier ?? code}`, headers: response.headers }
    },
  }
}
