import { randomBytes } from 'node:crypto'
import { workos, workosRefresh, workosSession, type Verifier } from '@dualauth/core'
import { startFakeWorkos } from '@dualauth/testing'

/** A WorkOS on loopback, and the verifier that refreshes its sessions. */
export interface WorkosInPlay {
  readonly verifier: Verifier
  /** A session cookie whose access token is over. Many permissions make it larger than a browser keeps. */
  expiredCookie(userId: string, permissions?: readonly string[]): string
  /** How often it was asked for a refresh. */
  refreshes(): number
  close(): Promise<void>
}

export async function startWorkos(): Promise<WorkosInPlay> {
  const fake = await startFakeWorkos()
  const password = randomBytes(32).toString('base64url')
  const session = workosSession({ cookiePasswords: [password], refresh: workosRefresh({ apiKey: fake.apiKey }) })
  return {
    verifier: workos({ name: 'workos', clientId: fake.clientId, apiUrl: fake.origin, session }),
    expiredCookie(userId, permissions = []) {
      const signedIn = fake.signIn({ user: userId, expiresInSeconds: -60, claims: { permissions } })
      return `wos-session=${fake.sealedSession(signedIn, { password })}`
    },
    refreshes: () => fake.refresh.calls,
    close: () => fake.close(),
  }
}
