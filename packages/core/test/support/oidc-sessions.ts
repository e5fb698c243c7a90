import { startOidcProvider, type OidcProvider, type OidcSignInOptions } from '@dualauth/testing'
import {
  createDualAuth,
  oidc,
  oidcRefresh,
  oidcSession,
  type AuthEvent,
  type AuthRequest,
  type DualAuth,
  type DualAuthOptions,
  type OidcOptions,
  type OidcRefreshOptions,
  type OidcSession,
  type OidcSessionOptions,
  type OidcSignIn,
  type SetCookie,
} from '../../src/index.js'
import { createClock, type Clock } from './clock.js'
import { cookies } from './requests.js'
import { COOKIE_PASSWORD } from './seals.js'

export const NAME = '__Host-session'

export interface OidcInstanceOptions {
  readonly oidc?: Partial<OidcOptions>
  readonly session?: Partial<OidcSessionOptions>
  /** Null: sessions are not refreshed. */
  readonly refresh?: Partial<OidcRefreshOptions> | null
  readonly instance?: Partial<DualAuthOptions>
}

/** One instance of an app whose sessions are of an OpenID provider. */
export interface OidcInstance {
  /** Refreshes, as a guard does. */
  readonly auth: Pick<DualAuth, 'authenticate'>
  readonly whole: DualAuth
  readonly session: OidcSession
  readonly events: AuthEvent[]
  /** Signs somebody in. @returns the request that the browser sends next. */
  begin(options?: OidcSignInOptions, more?: Partial<OidcSignIn>): Promise<AuthRequest>
}

export interface OidcWorld {
  readonly provider: OidcProvider
  readonly clock: Clock
  instance(options?: OidcInstanceOptions): OidcInstance
  close(): Promise<void>
}

export async function createOidcWorld(): Promise<OidcWorld> {
  const clock = createClock()
  const provider = await startOidcProvider({ now: clock.now, algorithm: 'ES256' })
  const opened: DualAuth[] = []
  return {
    provider,
    clock,
    instance({ oidc: more = {}, session: own = {}, refresh = {}, instance = {} } = {}) {
      const events: AuthEvent[] = []
      const refreshing = refresh === null ? {} : { refresh: oidcRefresh({ client: provider.client, ...refresh }) }
      const session = oidcSession({ cookiePasswords: [COOKIE_PASSWORD], ...refreshing, ...own })
      const auth = createDualAuth({
        verifiers: [oidc({ name: 'idp', issuer: provider.issuer, audience: provider.audience, session, ...more })],
        ...(instance as object),
        now: clock.now,
        onEvent: (event) => void events.push(event),
      })
      opened.push(auth)
      return {
        auth: { authenticate: (request, asked) => auth.authenticate(request, { refresh: true, ...asked }) },
        whole: auth,
        session,
        events,
        async begin(options, also) {
          const { claims, answer } = provider.signIn({ subject: 'user-7', ...options })
          return browser(
            await session.begin({ verifier: 'idp', claims, answer: { ...answer }, now: clock.now(), ...also }),
          )
        },
      }
    },
    async close() {
      for (const auth of opened) await auth.close()
      await provider.close()
    },
  }
}

/** What a browser sends that got these cookies, beside those that it had. */
export function browser(written: readonly Pick<SetCookie, 'field'>[], before: AuthRequest | null = null): AuthRequest {
  const jar = new Map<string, string>()
  const sent = before === null ? '' : String((before.headers as Record<string, string>)['cookie'] ?? '')
  for (const pair of sent.split('; ').filter((each) => each !== ''))
    jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
  for (const { field } of written) {
    const [pair = '', ...attributes] = field.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.includes('Max-Age=0')) jar.delete(name)
    else jar.set(name, pair.slice(name.length + 1))
  }
  return cookies(...jar)
}

/** The value that a request brings, or an answer writes. */
export function valueOf(request: AuthRequest, name = NAME): string {
  const field = String((request.headers as Record<string, string>)['cookie'])
  return (
    field
      .split('; ')
      .find((pair) => pair.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? ''
  )
}
