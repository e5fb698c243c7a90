import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Provider, type Configuration, type ResourceServer } from 'oidc-provider'

const CLIENT = 'web'

/** An OpenID provider as teams run it: it keeps people in groups, and states these in its access tokens. */
export interface Idp {
  readonly issuer: string
  readonly signInAt: string
  /** A new person; says the subject. */
  invite(...groups: readonly string[]): string
  /** What the web client holds when this person has signed in: a token of the provider's own making. */
  signIn(subject: string): Promise<string>
  /** While true, it answers nothing but 503. */
  isDown: boolean
  close(): Promise<void>
}

export async function startProvider(audience: string): Promise<Idp> {
  const groups = new Map<string, readonly string[]>()
  const state = { isDown: false }
  const server = createServer((request, response) =>
    state.isDown ? void response.writeHead(503).end() : void provider.callback()(request, response),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const resource = {
    audience,
    scope: '',
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  } satisfies ResourceServer
  const provider = new Provider(
    issuer,
    configure(resource, (subject) => groups.get(subject) ?? []),
  )

  return Object.assign(state, {
    issuer,
    signInAt: `${issuer}/auth`,
    invite(...names: readonly string[]) {
      const subject = randomUUID()
      groups.set(subject, names)
      return subject
    },
    async signIn(accountId: string) {
      const client = await provider.Client.find(CLIENT)
      const grantId = await new provider.Grant({ clientId: CLIENT, accountId }).save()
      const token = new provider.AccessToken({ client, grantId, accountId, gty: 'authorization_code' } as never)
      token.resourceServer = new provider.ResourceServer(audience, resource)
      return token.save()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  })
}

function configure(resource: ResourceServer, groupsOf: (subject: string) => readonly string[]): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const client = { client_id: CLIENT, client_secret: randomBytes(16).toString('hex') }
  return {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] as never },
    clients: [
      { ...client, redirect_uris: ['https://app.example.com/callback'], id_token_signed_response_alg: 'ES256' },
    ],
    cookies: { keys: [randomBytes(16).toString('hex')] },
    extraTokenClaims: (_context, token) => ({ groups: 'accountId' in token ? groupsOf(token.accountId) : [] }),
    ttl: { AccessToken: 3600, Grant: 3600 },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: true, getResourceServerInfo: () => resource },
    },
  }
}
