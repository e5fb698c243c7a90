import { randomBytes } from 'node:crypto'
import { oidc, oidcRefresh, oidcSession, type OidcSignIn, type Verifier } from '@dualauth/core'
import { startOidcProvider, type OidcProvider } from '@dualauth/testing'

/** An OpenID provider on loopback, and the verifier that keeps its sessions. */
export interface OidcInPlay {
  readonly verifier: Verifier
  readonly provider: OidcProvider
  /** A session that the provider has to confirm. Large claims make it larger than a browser keeps. */
  dueCookie(userId: string, claims?: Record<string, unknown>): Promise<string>
  /** A session whose sign-in began at that time, in milliseconds since the epoch, and that need not be confirmed yet. */
  signedIn(userId: string, claims: Record<string, unknown>, begunAt: number): Promise<string>
  /** The names of the cookies that clear what a request brought. */
  cleared(cookie: string): readonly string[]
  close(): Promise<void>
}

/** Longer ago than an access token of the provider lives. */
const BEGUN_MS_AGO = 400_000

export async function startOidc(): Promise<OidcInPlay> {
  const provider = await startOidcProvider()
  const session = oidcSession({
    cookiePasswords: [randomBytes(32).toString('base64url')],
    refresh: oidcRefresh({ client: provider.client }),
  })
  const signIn = async (
    userId: string,
    claims: Record<string, unknown>,
    dates: Pick<OidcSignIn, 'now' | 'signInBegunAt'>,
  ) => {
    const signedIn = provider.signIn({ subject: userId, claims })
    const answer = { ...signedIn.answer }
    const cookies = await session.begin({ verifier: 'oidc', claims: signedIn.claims, answer, ...dates })
    return cookies.flatMap(({ field }) => (isClearing(field) ? [] : [pairOf(field)])).join('; ')
  }
  return {
    verifier: oidc({ name: 'oidc', issuer: provider.issuer, audience: provider.audience, session }),
    provider,
    dueCookie: (userId, claims = {}) => signIn(userId, claims, { now: Date.now() - BEGUN_MS_AGO }),
    signedIn: (userId, claims, begunAt) => signIn(userId, claims, { signInBegunAt: begunAt }),
    cleared: (cookie) =>
      session.clear({ method: 'POST', headers: { cookie } }).map(({ field }) => field.slice(0, field.indexOf('='))),
    close: () => provider.close(),
  }
}

function isClearing(field: string): boolean {
  return field.includes('; Max-Age=0;')
}

function pairOf(field: string): string {
  return field.slice(0, field.indexOf(';'))
}
