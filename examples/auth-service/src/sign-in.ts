import { exchangeEndpoint, signInEndpoints, workosSignIn, workosTokens } from '@dualauth/endpoints'
import { mountHandler } from '@dualauth/hono'
import { Hono } from 'hono'
import type { createAuth, Environment } from './auth.js'

/** How people come in: by code in a browser, by a refresh token on a phone, and from the old side. */
export function createSignIn({ auth, session }: ReturnType<typeof createAuth>, env: Environment): Hono {
  const { workosClientId: clientId, workosApiKey: apiKey, workosApiUrl: apiUrl, cookiePassword, origin } = env
  const signIn = signInEndpoints({
    auth,
    provider: workosSignIn({ verifier: 'workos', clientId, apiKey, apiUrl, session }),
    redirectUri: `${origin}/auth/callback`,
    secrets: [cookiePassword],
    // Instances of a service that share no memory need a store.
    bodyTokens: { provider: workosTokens({ clientId, apiKey, apiUrl }), secrets: [cookiePassword] },
  })
  const app = new Hono()
  app.all('/auth/exchange', mountHandler(exchangeEndpoint({ auth })))
  app.all('/auth/*', mountHandler(signIn))
  return app
}
