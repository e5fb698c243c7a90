import { createServer, type Server } from 'node:http'
import { randomBytes } from 'node:crypto'
import { Provider, type Configuration } from 'oidc-provider'
import { ecPair, edPair, rsaPair, type Pair } from './tokens.js'

/** Resources of the provider: the identifier names the format and the algorithm of its tokens. */
export const RESOURCES = {
  RS256: 'https://api.example/rs256',
  ES256: 'https://api.example/es256',
  EdDSA: 'https://api.example/eddsa',
  opaque: 'https://api.example/opaque',
} as const

export type Resource = keyof typeof RESOURCES

export interface RealOidc {
  readonly issuer: string
  /** Requests by path. */
  readonly requests: string[]
  /** Secret of the clients `basic` and `post`; it holds what a URL would encode. */
  readonly secret: string
  /** Key pair of the client `assertion`. */
  readonly clientKey: Pair
  /** What a client gets for itself at the token endpoint. */
  clientToken(resource: Resource, scope?: string): Promise<string>
  /** What the client of a user gets, by default of `user-7`; `extra` are further claims. */
  userToken(resource: Resource, extra?: Record<string, unknown>, account?: string): Promise<string>
  refreshToken(): Promise<string>
  /** What the token endpoint answered to `user-7`, who signed in to the client `web`; each refresh token may be used once. */
  signIn(): Promise<Record<string, unknown>>
  /** Ends an opaque token at the revocation endpoint. */
  revoke(token: string): Promise<void>
  /** Signs with new keys from now on; the old ones are withdrawn. */
  rotate(): void
  /** Answers everything with this status until it is null. */
  down: number | null
  /** Answers the revocation endpoint with this status, or never, until it is null. */
  revocation: number | 'never' | null
  close(): Promise<void>
}

export async function startRealOidc(): Promise<RealOidc> {
  let provider: Provider | null = null
  const state = { requests: [] as string[], down: null as number | null, revocation: null as RealOidc['revocation'] }
  const server: Server = createServer((request, response) => {
    state.requests.push((request.url ?? '').split('?')[0] as string)
    if (state.down !== null) return void response.writeHead(state.down).end()
    if (state.revocation !== null && request.url === '/token/revocation')
      return state.revocation === 'never' ? undefined : void response.writeHead(state.revocation).end()
    void (provider as Provider).callback()(request, response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const secret = `${randomBytes(16).toString('base64url')} %+&=:~!`
  const clientKey = ecPair()
  const further: { claims: Record<string, unknown> } = { claims: {} }
  const rotate = (): void => {
    provider = new Provider(
      issuer,
      configurationOf(secret, clientKey, () => further.claims),
    )
  }
  rotate()

  const current = () => provider as Provider
  async function post(path: string, fields: Record<string, string>, client = 'basic'): Promise<unknown> {
    const authorization = `Basic ${btoa(`${form(client)}:${form(secret)}`)}`
    const init = { method: 'POST', headers: { authorization }, body: new URLSearchParams(fields) }
    const response = await fetch(`${issuer}${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  async function granted(accountId = 'user-7') {
    const client = await current().Client.find('basic')
    const grant = new (current().Grant)({ clientId: 'basic', accountId })
    return { client: client as NonNullable<typeof client>, grantId: await grant.save(), accountId }
  }
  return Object.assign(state, {
    issuer,
    secret,
    clientKey,
    rotate,
    async clientToken(resource: Resource, scope = 'things:read') {
      const fields = { grant_type: 'client_credentials', resource: RESOURCES[resource], scope }
      return ((await post('/token', fields)) as { access_token: string }).access_token
    },
    async userToken(resource: Resource, extra: Record<string, unknown> = {}, account?: string) {
      const { AccessToken, ResourceServer } = current()
      const fields = { ...(await granted(account)), scope: 'things:read', gty: 'authorization_code' }
      const token = new AccessToken(fields as never)
      token.resourceServer = new ResourceServer(RESOURCES[resource], resourceOf(RESOURCES[resource]) as never)
      further.claims = extra
      return token.save().finally(() => {
        further.claims = {}
      })
    },
    async refreshToken() {
      const { RefreshToken } = current()
      const token = new RefreshToken({
        ...(await granted()),
        scope: 'offline_access',
        gty: 'authorization_code',
      } as never)
      return token.save()
    },
    async signIn() {
      const { Client, Grant, RefreshToken } = current()
      const grant = new Grant({ clientId: 'web', accountId: 'user-7' })
      grant.addOIDCScope('openid offline_access')
      const token = new RefreshToken({
        client: await Client.find('web'),
        grantId: await grant.save(),
        accountId: 'user-7',
        scope: 'openid offline_access',
        gty: 'authorization_code',
        authTime: Math.floor(Date.now() / 1000),
        sessionUid: 'sid-1',
      } as never)
      const fields = { grant_type: 'refresh_token', refresh_token: await token.save() }
      return (await post('/token', fields, 'web')) as Record<string, unknown>
    },
    revoke: async (token: string) => void (await post('/token/revocation', { token })),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  })
}

function form(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2)
}

function resourceOf(indicator: string) {
  const entry = Object.entries(RESOURCES).find(([, identifier]) => identifier === indicator)
  if (entry === undefined) throw new Error('no such resource')
  const common = { scope: 'things:read things:write', audience: indicator, accessTokenTTL: 3600 }
  return entry[0] === 'opaque'
    ? { ...common, accessTokenFormat: 'opaque' }
    : { ...common, accessTokenFormat: 'jwt', jwt: { sign: { alg: entry[0] } } }
}

function configurationOf(secret: string, clientKey: Pair, further: () => Record<string, unknown>): Configuration {
  const client = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] }
  const signing = [
    [rsaPair(), 'RS256'],
    [ecPair(), 'ES256'],
    [edPair(), 'EdDSA'],
  ] as const
  const jwks = signing.map(([pair, alg]) => ({
    ...pair.privateKey.export({ format: 'jwk' }),
    kid: `${alg}-${randomBytes(4).toString('hex')}`,
    use: 'sig',
    alg,
  }))
  return {
    jwks: { keys: jwks as never },
    clients: [
      { ...client, client_id: 'basic', client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' },
      { ...client, client_id: 'post', client_secret: secret, token_endpoint_auth_method: 'client_secret_post' },
      {
        client_id: 'web',
        client_secret: secret,
        redirect_uris: ['https://app.example.com/callback'],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
      {
        ...client,
        client_id: 'assertion',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [{ ...clientKey.jwk, kid: 'client-1', alg: 'ES256', use: 'sig' }] as never },
      },
    ] as never,
    scopes: ['openid', 'offline_access', 'things:read', 'things:write'],
    rotateRefreshToken: true,
    extraTokenClaims: () => further() as never,
    ttl: { AccessToken: 3600, ClientCredentials: 3600, Grant: 3600, RefreshToken: 3600 },
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'RS256'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, indicator) => resourceOf(indicator) as never,
      },
    },
  }
}
