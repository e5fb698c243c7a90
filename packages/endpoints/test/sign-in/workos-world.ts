import { randomBytes } from 'node:crypto'
import { createDualAuth, workos, workosRefresh, workosSession, type AuthEvent } from '@dualauth/core'
import { startFakeWorkos } from '@dualauth/testing'
import { signInEndpoints, workosSignIn, type WorkosSignInOptions } from '../../src/index.js'
import { APPS, listen } from '../apps.js'

export type WorkosWorld = Awaited<ReturnType<typeof createWorkosWorld>>

/** An application whose people sign in at AuthKit. @param endsSessions Whether it has a key of the environment for ending them. */
export async function createWorkosWorld({ endsSessions = true } = {}) {
  let handle: (request: Request) => Promise<Response> = () => Promise.reject(new Error('not mounted yet'))
  const app = await listen(await (APPS['hono'] as (typeof APPS)[string])('/auth', (request) => handle(request)))
  const fake = await startFakeWorkos()
  const { clientId, apiKey, origin: apiUrl } = fake
  const password = randomBytes(32).toString('base64url')
  const events: AuthEvent[] = []
  const session = workosSession({
    cookiePasswords: [password],
    cookie: { secure: false },
    refresh: workosRefresh({ apiKey }),
  })
  const auth = createDualAuth({
    verifiers: [workos({ name: 'workos', clientId, apiUrl, session })],
    link: ({ subject }) => ({ id: subject }),
    trustedOrigins: [app.origin],
    onEvent: (event) => void events.push(event),
  })
  const signingIn: WorkosSignInOptions = { verifier: 'workos', clientId, session, apiUrl, timeoutMs: 1_000 }
  const { endSession } = workosSignIn({ ...signingIn, ...(endsSessions && { apiKey }) })
  handle = signInEndpoints({
    auth,
    provider: { ...workosSignIn({ ...signingIn, apiKey }), ...(endSession !== undefined && { endSession }) },
    redirectUri: `${app.origin}/auth/callback`,
    secrets: [randomBytes(32).toString('base64url')],
  })
  const { host } = new URL(app.origin)
  return {
    ...app,
    host,
    fake,
    password,
    auth,
    events,
    async close() {
      await auth.close()
      await app.close()
      await fake.close()
    },
  }
}
