import { randomUUID } from 'node:crypto'
import { startFakeWorkos, type FakeWorkos } from '@dualauth/testing'
import {
  createDualAuth,
  workos,
  workosRefresh,
  workosSession,
  type AuthEvent,
  type AuthRequest,
  type DualAuth,
  type DualAuthOptions,
  type Link,
  type WorkosOptions,
  type WorkosRefreshOptions,
  type WorkosSessionOptions,
} from '../../src/index.js'
import { createClock, seconds, type Clock } from './clock.js'
import { cookies } from './requests.js'
import { COOKIE_PASSWORD, seal } from './seals.js'

export const WORKOS_CLIENT_ID = 'client_01TEST'
export const MANAGEMENT_KEY = 'sk_test_management_0123456789'

/** A WorkOS on loopback, whose ids and keys the tests know. */
export function startWorkos(clock: Clock): Promise<FakeWorkos> {
  return startFakeWorkos({ clientId: WORKOS_CLIENT_ID, apiKey: MANAGEMENT_KEY, now: clock.now })
}

/** An access token of `user_01`, signed by the key that WorkOS publishes. */
export function accessTokenOf(server: FakeWorkos, claims: object = {}, header: Record<string, unknown> = {}): string {
  const standard = { iss: server.issuer, sub: 'user_01', sid: 'session_01', jti: randomUUID() }
  return server.keySet.sign({ ...standard, iat: seconds(-10), exp: seconds(290), ...claims }, header)
}

export interface SessionWorldOptions {
  readonly workos?: Partial<WorkosOptions>
  readonly session?: Partial<WorkosSessionOptions>
  /** Null: sessions are not refreshed. */
  readonly refresh?: Partial<WorkosRefreshOptions> | null
  readonly link?: Link
  readonly instance?: Partial<DualAuthOptions>
}

/** One instance of an app whose sessions are WorkOS's. */
export interface Instance {
  /** Refreshes, as a guard does. */
  readonly auth: Pick<DualAuth, 'authenticate'>
  readonly whole: DualAuth
  readonly events: AuthEvent[]
}

export interface SessionWorld {
  readonly server: FakeWorkos
  readonly clock: Clock
  /** Of the access tokens that refreshes of the next sealed sessions give. */
  nextClaims: Readonly<Record<string, unknown>>
  accessToken(claims?: Record<string, unknown>, header?: Record<string, unknown>): string
  instance(options?: SessionWorldOptions): Instance
  /** A cookie value as the SDK seals it. */
  sealed(claims?: Record<string, unknown>, members?: Record<string, unknown>, password?: string): Promise<string>
  close(): Promise<void>
}

/** @param start Milliseconds since the epoch. */
export async function createSessionWorld(start?: number): Promise<SessionWorld> {
  const clock = createClock(start)
  const server = await startWorkos(clock)
  const opened: DualAuth[] = []
  const accessToken: SessionWorld['accessToken'] = (claims, header) => accessTokenOf(server, claims, header)
  const world: SessionWorld = {
    server,
    clock,
    nextClaims: {},
    accessToken,
    instance({ workos: more = {}, session = {}, refresh = {}, link, instance = {} } = {}) {
      const events: AuthEvent[] = []
      const refreshing = refresh === null ? {} : { refresh: workosRefresh({ apiKey: MANAGEMENT_KEY, ...refresh }) }
      const auth = createDualAuth({
        verifiers: [
          workos({
            name: 'workos',
            clientId: WORKOS_CLIENT_ID,
            apiUrl: server.origin,
            session: workosSession({ cookiePasswords: [COOKIE_PASSWORD], ...refreshing, ...session }),
            ...more,
          }),
        ],
        ...(link !== undefined && { link }),
        ...(instance as object),
        now: clock.now,
        onEvent: (event) => void events.push(event),
      })
      opened.push(auth)
      return {
        auth: { authenticate: (request, asked) => auth.authenticate(request, { refresh: true, ...asked }) },
        whole: auth,
        events,
      }
    },
    async sealed(claims = {}, members = {}, password = COOKIE_PASSWORD) {
      const sub = String(claims['sub'] ?? 'user_01')
      return seal(
        {
          accessToken: accessToken(claims),
          refreshToken: server.signIn({ user: sub, claims: { sid: 'session_01', ...world.nextClaims } }).refreshToken,
          user: { object: 'user', id: sub, email: `${sub}@example.com` },
          ...members,
        },
        password,
      )
    },
    async close() {
      for (const auth of opened) await auth.close()
      await server.close()
    },
  }
  return world
}

/** Claims of a token that is over at the start of a test. */
export const OVER: Record<string, number> = { iat: seconds(-600), exp: seconds(-300) }

export function sessionCookie(sealed: string, name = 'wos-session'): AuthRequest {
  return cookies([name, sealed])
}

/** The value that an answer writes under a name; undefined when it writes none. */
export function written(result: { readonly cookies: readonly { readonly field: string }[] }, name = 'wos-session') {
  const field = result.cookies.map((cookie) => cookie.field).find((each) => each.startsWith(`${name}=`))
  return field?.slice(name.length + 1, field.indexOf(';'))
}
