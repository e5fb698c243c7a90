/** An API with endpoints of a session, as far as a client sees one. Answers come when `gate` lets them. */
export interface Api {
  readonly fetch: typeof fetch
  /** What was asked, in order, such as `POST /auth/refresh`. */
  readonly asked: string[]
  /** The requests themselves. */
  readonly requests: Request[]
  /** Of a path: what is answered there instead. */
  readonly answers: Map<string, (request: Request) => Response | Promise<Response>>
  /** How often it was asked. */
  count(asked: string): number
}

export const ORIGIN = 'https://api.example.com'

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ type: `urn:dualauth:error:${code}`, title: 'A title.', status, code })
  return new Response(body, { status, headers: { 'content-type': 'application/problem+json', ...headers } })
}

export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

export const ADA = { id: 'ada', organization: null, roles: ['editor'], permissions: [], verifier: 'idp', expiresAt: 1 }

/** @param gate Resolves when a request arrives, and when its answer does. */
export function createApi(gate: (what: string) => Promise<unknown> = async () => {}): Api {
  const asked: string[] = []
  const requests: Request[] = []
  const answers = new Map<string, (request: Request) => Response | Promise<Response>>()
  return {
    asked,
    requests,
    answers,
    count: (one) => asked.filter((other) => other === one).length,
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      const what = `${request.method} ${pathname}`
      await gate(`${what} arrives`)
      request.signal.throwIfAborted()
      asked.push(what)
      requests.push(request)
      const answer = answers.get(pathname) ?? (() => json({ path: pathname }))
      const response = await answer(request)
      await gate(`${what} is answered`)
      return response
    },
  }
}

/** A session that all tabs of a browser share: it has expired until `/auth/refresh` is asked. */
export function expiring(api: Api): { isFresh: boolean } {
  const session = { isFresh: false }
  api.answers.set('/things', () => (session.isFresh ? json([]) : problem(401, 'credential_expired')))
  api.answers.set('/auth/refresh', () => {
    session.isFresh = true
    return json(ADA)
  })
  return session
}
