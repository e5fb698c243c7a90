import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { FindSession } from '@dualauth/core'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { bearer, jwt } from 'better-auth/plugins'
import { listen, type Running } from '../listen.js'

interface SessionRow {
  readonly id: string
  readonly token: string
  readonly userId: string
  readonly createdAt: Date
  expiresAt: Date
}

/** What a sign-up over HTTP hands to the client. */
export interface BetterAuthSession {
  readonly userId: string
  /** `name=value` of the session cookie, as it was set. */
  readonly cookie: string
  /** `set-auth-token` of the bearer plugin. */
  readonly bearer: string
}

export interface BetterAuthServer extends Running {
  readonly secret: string
  /** Reads Better Auth's own tables; with a database this is `sqlSessions(query)`. */
  readonly findSession: FindSession
  signUp(name: string): Promise<BetterAuthSession>
  signIn(name: string): Promise<BetterAuthSession>
  signOut(session: BetterAuthSession): Promise<void>
  /** A JWT of the jwt plugin for the session. */
  jwtOf(session: BetterAuthSession): Promise<string>
  /** Lets a session's time pass: its row says that it ended an hour ago. */
  expire(session: BetterAuthSession): void
}

/** A real Better Auth server: e-mail and password, bearer and jwt plugins, tables in memory. */
export async function startBetterAuth(): Promise<BetterAuthServer> {
  const tables = { user: [], session: [] as SessionRow[], account: [], verification: [], jwks: [] }
  const secret = randomBytes(32).toString('base64url')
  const password = randomBytes(16).toString('base64url')
  const server = createServer((request, response) => void handle(request, response))
  const running = await listen(server)
  const handle = toNodeHandler(
    betterAuth({
      baseURL: running.url,
      secret,
      database: memoryAdapter(tables),
      emailAndPassword: { enabled: true },
      plugins: [bearer(), jwt()],
      rateLimit: { enabled: false },
      telemetry: { enabled: false },
    }),
  )

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${running.url}/api/auth${path}`, init)
    if (!response.ok) throw new Error(`Better Auth answered ${response.status} to ${path}: ${await response.text()}`)
    return response
  }

  async function enter(path: string, body: Record<string, string>): Promise<BetterAuthSession> {
    const headers = { 'content-type': 'application/json', origin: running.url }
    const response = await request(path, { method: 'POST', headers, body: JSON.stringify(body) })
    const { user } = (await response.json()) as { user: { id: string } }
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string)
    const cookie = cookies.find((pair) => pair.startsWith('better-auth.session_token='))
    const token = response.headers.get('set-auth-token')
    if (cookie === undefined || token === null) throw new Error('Better Auth set no session cookie or no bearer')
    return { userId: user.id, cookie, bearer: token }
  }

  const authorization = (session: BetterAuthSession): Record<string, string> => ({
    authorization: `Bearer ${session.bearer}`,
  })
  const email = (name: string): string => `${name.toLowerCase()}@example.com`

  return {
    ...running,
    secret,
    findSession(token) {
      const session = tables.session.find((row) => row.token === token)
      if (session === undefined) return null
      const users: readonly { id: string; name: string; email: string; emailVerified: boolean }[] = tables.user
      return { session, user: users.find(({ id }) => id === session.userId) ?? null }
    },
    signUp: (name) => enter('/sign-up/email', { name, email: email(name), password }),
    signIn: (name) => enter('/sign-in/email', { email: email(name), password }),
    async signOut(session) {
      await request('/sign-out', { method: 'POST', headers: { ...authorization(session), origin: running.url } })
    },
    async jwtOf(session) {
      const response = await request('/token', { headers: authorization(session) })
      return ((await response.json()) as { token: string }).token
    },
    expire(session) {
      const row = tables.session.find(({ token }) => session.bearer.startsWith(`${token}.`))
      if (row === undefined) throw new Error('Better Auth has no such session')
      row.expiresAt = new Date(Date.now() - 3_600_000)
    },
  }
}
