import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import Provider, { type Configuration } from 'oidc-provider'
import { listen } from './listen.js'

/** A real OpenID provider with pages of its own, where anybody signs in by any name. */
export interface ExampleProvider {
  readonly issuer: string
  readonly clientSecret: string
  /** Answers 503 to everything while it is true. */
  isDown: boolean
  /** How many refreshes it has seen. */
  readonly refreshes: number
  close(): Promise<void>
}

/** So short an access token makes a session that is confirmed each minute. */
const ACCESS_SECONDS = 60

export async function startProvider(appOrigin: string): Promise<ExampleProvider> {
  const state = { isDown: false, refreshes: 0 }
  const clientSecret = randomBytes(24).toString('hex')
  let provider: Provider | null = null
  const server = createServer((request, response) => {
    if (state.isDown || provider === null) return void response.writeHead(503, { 'retry-after': '5' }).end()
    void provider.callback()(request, response)
  })
  const { origin, close } = await listen(server, '127.0.0.1')
  provider = new Provider(origin, configure(appOrigin, clientSecret))
  provider.on('grant.success', ({ oidc }) => {
    if (oidc.params?.['grant_type'] === 'refresh_token') state.refreshes++
  })
  return Object.assign(state, { issuer: origin, clientSecret, close })
}

function configure(appOrigin: string, clientSecret: string): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] as never },
    clients: [
      {
        client_id: 'page',
        client_secret: clientSecret,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${appOrigin}/auth/callback`],
        post_logout_redirect_uris: [`${appOrigin}/`],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    claims: { openid: ['sub'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    ttl: { AccessToken: ACCESS_SECONDS, IdToken: 3600, Grant: 86_400, Session: 86_400, Interaction: 600 },
  }
}
