import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { rsaKeyPair } from '@dualauth/servers'
import { Provider } from 'oidc-provider'

/** A real OpenID provider whose person is signed in without being asked. */
export interface TestProvider {
  readonly issuer: string
  /** Of the client `web`. */
  readonly secret: string
  /** Whoever comes next. */
  signedInAs: string
  readonly close: () => Promise<void>
}

export async function startProvider(redirectUri: string): Promise<TestProvider> {
  let provider: Provider | null = null
  const server = createServer((request, response) => {
    const isAsked = request.url?.startsWith('/interaction/') === true
    const finish = async () => {
      const { params, session } = await provider!.interactionDetails(request, response)
      const accountId = session?.accountId ?? state.signedInAs
      const grant = new provider!.Grant({ accountId, clientId: String(params['client_id']) })
      grant.addOIDCScope('openid email')
      const consent = { grantId: await grant.save() }
      await provider!.interactionFinished(request, response, { login: { accountId }, consent })
    }
    if (isAsked) void finish()
    else void provider!.callback()(request, response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const secret = randomBytes(24).toString('hex')
  const { privateKey } = rsaKeyPair()
  provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] as never },
    clients: [{ client_id: 'web', client_secret: secret, redirect_uris: [redirectUri] }],
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@provider.example`, email_verified: true, name: id }),
    }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false } },
  })
  const state = {
    issuer,
    secret,
    signedInAs: '',
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
  return state
}
