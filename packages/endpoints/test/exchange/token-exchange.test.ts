import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  createDualAuth,
  memoryExchanges,
  oidc,
  oidcRefresh,
  oidcSession,
  type DualAuth,
  type DualAuthOptions,
} from '@dualauth/core'
import { createLegacyIssuer, type LegacySecretIssuer } from '@dualauth/testing'
import { errors, Provider, type Configuration } from 'oidc-provider'
import { afterEach, expect, it } from 'vitest'
import { exchangeEndpoint, tokenExchangeMinter, type TokenExchangeMinterOptions } from '../../src/index.js'
import { listen } from '../apps.js'
import { everybody, ORIGIN, reply, said, type Reply } from './world.js'
import { legacyOf } from '../legacy.js'

const API = 'https://api.example.com'
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const SECRET = randomBytes(24).toString('hex')
const HOUR = 3_600

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A real OpenID provider, which exchanges tokens that the old side signed for people whom it knows. */
async function startProvider(issuer: LegacySecretIssuer) {
  const state = { isDown: false, asked: 0, withIdToken: true }
  const server = await listen((request, response) => {
    if (request.url?.startsWith('/token') === true) state.asked++
    if (state.isDown) return void response.writeHead(503, { 'retry-after': '7' }).end()
    void provider.callback()(request, response)
  })
  const provider = new Provider(server.origin, configuration())
  provider.registerGrantType<{ subject_token: string }>(
    GRANT,
    async (ctx) => {
      const { client, params } = ctx.oidc
      const person = personIn(params.subject_token, issuer.secret)
      if (person === null) throw new errors.InvalidGrant('the subject token is not taken')
      const grant = new provider.Grant({ clientId: client.clientId, accountId: person })
      grant.addOIDCScope('openid offline_access')
      const of = {
        client,
        accountId: person,
        grantId: await grant.save(),
        scope: 'openid offline_access',
        gty: 'exchange',
      }
      const access = new provider.AccessToken(of as never)
      access.resourceServer = new provider.ResourceServer(API, resource())
      const refresh = new provider.RefreshToken({ ...of, authTime: Math.floor(Date.now() / 1000) } as never)
      const idToken = new provider.IdToken({ sub: person }, { ctx })
      idToken.set('sub', person)
      ctx.body = {
        access_token: await access.save(),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: access.expiration,
        refresh_token: await refresh.save(),
        ...(state.withIdToken && { id_token: await idToken.issue({ use: 'idtoken' }) }),
      }
    },
    ['subject_token', 'subject_token_type', 'scope', 'audience'],
  )
  closing.push(server.close)
  return Object.assign(state, { issuer: server.origin })
}

/** As the provider knows the old side: by its secret. `mallory` is nobody there. */
function personIn(token: string, secret: string): string | null {
  const [header, payload, signature] = token.split('.') as [string, string, string]
  if (createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url') !== signature) return null
  const { userId } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { userId: string }
  return userId === 'mallory' ? null : userId
}

const resource = () =>
  ({
    audience: API,
    scope: 'openid',
    accessTokenFormat: 'jwt',
    accessTokenTTL: HOUR,
    jwt: { sign: { alg: 'ES256' } },
  }) as never

function configuration(): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] as never },
    clients: [
      {
        client_id: 'web',
        client_secret: SECRET,
        grant_types: [GRANT, 'refresh_token'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: { AccessToken: HOUR, Grant: 86_400, IdToken: 300, RefreshToken: 86_400 },
    features: {
      revocation: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: () => resource() },
    },
  }
}

async function createWorld(options: Partial<TokenExchangeMinterOptions> = {}, bodyTokens = false) {
  const legacy = createLegacyIssuer()
  const provider = await startProvider(legacy)
  const client = { id: 'web', secret: SECRET }
  const session = oidcSession({
    cookiePasswords: [randomBytes(32).toString('base64url')],
    cookie: { name: 'session', secure: false },
    refresh: oidcRefresh({ client }),
  })
  const auth = createDualAuth({
    verifiers: [legacyOf(legacy, 'old'), oidc({ name: 'workforce', issuer: provider.issuer, audience: API, session })],
    link: ({ subject }: { subject: string }) => ({ id: subject }),
    migration: {
      from: ['legacy'],
      to: 'workforce',
      policy: { version: 1, stage: 'new-only', settleMs: 0, rollout: everybody(10_000) },
      exchange: {
        exchanges: memoryExchanges(),
        minter: tokenExchangeMinter({
          verifier: 'workforce',
          issuer: provider.issuer,
          clientId: client.id,
          clientSecret: client.secret,
          session,
          ...options,
        }),
      },
    },
    trustedOrigins: [ORIGIN],
  } as unknown as DualAuthOptions) as DualAuth
  closing.push(() => auth.close())
  const handle = exchangeEndpoint({ auth, bodyTokens })
  const ask = async (headers: Record<string, string>): Promise<Reply> =>
    reply(await handle(new Request(`${ORIGIN}/auth/exchange`, { method: 'POST', headers })))
  return {
    auth,
    provider,
    old: (userId: string, exp: number, more: object = {}) => legacy.sign({ userId, exp, ...more }),
    browser: (token: string) => ask({ cookie: `old=${token}`, 'sec-fetch-site': 'same-origin' }),
    client: (token: string) => ask({ authorization: `Bearer ${token}` }),
    async who(headers: Record<string, string>) {
      const result = await auth.authenticate({ method: 'GET', headers }, { fresh: true })
      return result.ok ? result.principal : result.error.code
    },
  }
}

const later = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

it('gives a browser a sealed session of the provider, which ends with the old one and says how it came about', async () => {
  const world = await createWorld()
  const exp = later(HOUR)
  const answer = await world.browser(world.old('ada', exp, { amr: ['pwd'] }))
  expect([said(answer), answer.json['id'], answer.json['expiresAt']]).toEqual(['200', 'ada', exp])
  expect(await world.who({ cookie: answer.cookie })).toMatchObject({
    id: 'ada',
    verifier: 'workforce',
    expiresAt: exp,
    claims: { amr: ['pwd', 'migrated'] },
  })
})

it('gives a client the tokens of the provider, where they end no later than the old one', async () => {
  const world = await createWorld({}, true)
  const answer = await world.client(world.old('ada', later(2 * HOUR)))
  expect(answer.json).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: HOUR,
    refresh_token: expect.any(String),
  })
  const authorization = `Bearer ${String(answer.json['access_token'])}`
  expect(await world.who({ authorization })).toMatchObject({ id: 'ada', verifier: 'workforce' })
  expect(said(await world.client(world.old('bob', later(600))))).toBe('403 exchange_refused longer')
})

it('refuses whom the provider does not take, and counts nothing', async () => {
  const world = await createWorld()
  const token = world.old('mallory', later(HOUR))
  for (let turn = 0; turn < 4; turn++) expect(said(await world.browser(token))).toBe('403 exchange_refused no_account')
})

it('refuses a session that the provider gives for another person', async () => {
  const legacy = { of: (_id: string): string => '' }
  const world = await createWorld({ subjectToken: () => legacy.of('bob') })
  legacy.of = (id) => world.old(id, later(HOUR))
  const answer = await world.browser(world.old('ada', later(HOUR)))
  expect([said(answer), answer.cookie]).toEqual(['403 exchange_refused mismatch', ''])
})

it('is 503 while the provider is away, or brings no id token for a browser', async () => {
  const world = await createWorld()
  const token = world.old('ada', later(HOUR))
  world.provider.withIdToken = false
  expect(said(await world.browser(token))).toBe('503 verifier_unavailable')
  world.provider.withIdToken = true
  world.provider.isDown = true
  expect(said(await world.browser(token))).toBe('503 verifier_unavailable')
  world.provider.isDown = false
  expect(said(await world.browser(token))).toBe('200')
})

it('refuses wrong options by name', () => {
  const good = { verifier: 'workforce', issuer: 'https://id.example.com', clientId: 'web' }
  expect(() => tokenExchangeMinter({ ...good, issuer: 'http://id.example.com' })).toThrow('tokenExchangeMinter.issuer')
  expect(() => tokenExchangeMinter({ ...good, parameters: { subject_token: 'x' } })).toThrow(
    'tokenExchangeMinter.parameters.subject_token',
  )
})
