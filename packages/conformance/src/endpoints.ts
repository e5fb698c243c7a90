import { randomBytes } from 'node:crypto'
import type { DualAuth } from '@dualauth/core'
import type { WebHandler } from '@dualauth/core/adapter'
import { exchangeEndpoint, refreshEndpoint, signInEndpoints, type SignInProvider } from '@dualauth/endpoints'
import { TRUSTED_ORIGIN } from './subject.js'

/** Where the provider has its pages. */
export const PROVIDER_ORIGIN = 'https://id.example.com'

/** People sign in as `editor-1`, into the session that an exchange would mint. */
const provider: SignInProvider = {
  verifier: 'session',
  authorizationUrl: async ({ state }) => new URL(`/authorize?state=${state}`, PROVIDER_ORIGIN),
  finish: async () => ({
    cookies: [{ name: 'session', field: 'session=carried-editor-1; Path=/; HttpOnly', endSession: () => {} }],
  }),
  signOutUrl: async ({ returnTo }) => new URL(`/end?to=${encodeURIComponent(returnTo)}`, PROVIDER_ORIGIN),
  clear: () => [{ name: 'session', field: 'session=; Path=/; Max-Age=0', endSession: () => {} }],
  ready: async () => {},
}

/** The endpoints that cross HTTP, by the first segment of their path below /mounted; each is made when it is asked. */
export function createEndpoints(auth: DualAuth): Readonly<Record<'auth' | 'exchange' | 'refresh', WebHandler>> {
  const secrets = [randomBytes(32).toString('base64url')]
  const redirectUri = `${TRUSTED_ORIGIN}/mounted/auth/callback`
  const signIn = signInEndpoints({ auth, provider, redirectUri, secrets, home: '/home', clearCookies: ['legacy'] })
  return {
    auth: signIn,
    exchange: (request) => exchangeEndpoint({ auth })(request),
    refresh: refreshEndpoint({ auth }),
  }
}
