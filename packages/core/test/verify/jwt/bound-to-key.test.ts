import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  betterAuthTokens,
  createDualAuth,
  introspection,
  keySetAt,
  legacyJwt,
  oidc,
  workos,
  type Verifier,
} from '../../../src/index.js'
import {
  ORIGIN,
  signUpAt,
  startBetterAuth,
  VERSIONS,
  type BetterAuthServer,
  type Jar,
} from '../../support/better-auth-servers.js'
import { createClock, seconds } from '../../support/clock.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { bearer } from '../../support/requests.js'
import { mint, rsaPair } from '../../support/tokens.js'

const pair = rsaPair()
const ISSUER = 'https://id.example'
const AUDIENCE = 'https://api.example'
const CLIENT_ID = 'client_01'
const BINDINGS = [{ jkt: 'x' }, { 'x5t#S256': 'x' }, { jwk: pair.jwk }, {}, null, 'x']

let keySet: KeySetServer
let endpoint: string
let stop: () => void
/** What the issuer says of whatever token it is asked about. */
let said: object
const secret = randomBytes(32).toString('hex')
let server: BetterAuthServer
let serverKeys: KeySetServer
let jar: Jar
/** What the JWT plugin of the real server adds to a token. */
let added: object = {}
beforeAll(async () => {
  const jwt = VERSIONS['1.7'].plugins['jwt']!
  const definePayload = ({ user }: { user: object }) => ({ ...user, ...added })
  server = startBetterAuth('1.7', { secret, plugins: [jwt({ jwt: { definePayload } })] })
  ;({ jar } = await signUpAt(server))
  await tokenOf({})
  const published = await server.call('GET', '/jwks', new Map())
  serverKeys = await startKeySetServer(((await published.json()) as { keys: unknown[] }).keys)
  keySet = await startKeySetServer([{ ...pair.jwk, kid: 'a', alg: 'RS256' }])
  const issuer = createServer((_, response) => response.writeHead(200).end(JSON.stringify(said)))
  await new Promise<void>((resolve) => void issuer.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(issuer.address() as { port: number }).port}/introspect`
  stop = () => {
    issuer.closeAllConnections()
    issuer.close()
  }
})
afterAll(async () => {
  stop()
  await keySet.close()
  await serverKeys.close()
})

async function tokenOf(binding: object): Promise<string> {
  added = binding
  const response = await server.call('GET', '/token', jar)
  return ((await response.json()) as { token: string }).token
}

const claims = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user-7',
  client_id: 'web',
  jti: 'j',
  iat: seconds(),
  exp: seconds(60),
}
const token = (more: object, type = 'JWT') =>
  mint({ algorithm: 'RS256', key: pair.privateKey, header: { alg: 'RS256', kid: 'a', typ: type }, claims: more })

interface Case {
  readonly verifier: () => Verifier
  readonly credential: (binding: object) => string | Promise<string>
  /** A real server has no clock of ours. */
  readonly now?: () => number
}

const asking = { issuer: ISSUER, audience: AUDIENCE, client: { id: 'api', secret: 'made at run time' } } as const
const CASES: Record<string, Case> = {
  legacyJwt: {
    verifier: () =>
      legacyJwt({
        name: 'v',
        algorithms: ['RS256'],
        keySet: keySetAt(keySet.url),
        issuer: ISSUER,
        purpose: 'only-access-tokens',
      }),
    credential: (binding) => token({ ...claims, ...binding }),
  },
  workos: {
    verifier: () => workos({ name: 'v', clientId: CLIENT_ID, apiUrl: keySet.origin }),
    credential: (binding) =>
      token({ iss: keySet.origin, sub: 'user-7', sid: 'session_1', iat: seconds(), exp: seconds(60), ...binding }),
  },
  'oidc, RFC 9068': {
    verifier: () => oidc({ name: 'v', issuer: ISSUER, audience: AUDIENCE, keySetUrl: keySet.url }),
    credential: (binding) => token({ ...claims, ...binding }, 'at+jwt'),
  },
  'oidc, plain JWT': {
    verifier: () =>
      oidc({ name: 'v', issuer: ISSUER, audience: AUDIENCE, keySetUrl: keySet.url, profile: 'plain-jwt' }),
    credential: (binding) => token({ ...claims, ...binding }),
  },
  'introspection of JWTs': {
    verifier: () => introspection({ name: 'v', endpoint, jwts: true, ...asking }),
    credential: (binding) => {
      said = { ...claims, active: true, token_type: 'Bearer', ...binding }
      return token(claims, 'at+jwt')
    },
  },
  'introspection of opaque tokens': {
    verifier: () => introspection({ name: 'v', endpoint, token: { prefix: 'oat_' }, ...asking }),
    credential: (binding) => {
      said = { ...claims, active: true, token_type: 'Bearer', ...binding }
      return 'oat_0123456789'
    },
  },
  'the JWT plugin of a real Better Auth': {
    verifier: () =>
      betterAuth({
        name: 'v',
        secrets: [secret],
        sessions: () => null,
        tokens: betterAuthTokens({ baseUrl: ORIGIN, keySetUrl: serverKeys.url }),
      }),
    credential: tokenOf,
    now: Date.now,
  },
}

describe.each(Object.entries(CASES))(
  'a token that is bound to a key: %s',
  (_, { verifier, credential, now = createClock().now }) => {
    it('is refused as a plain bearer, and passes without the binding', async () => {
      const reasons: unknown[] = []
      const auth = createDualAuth({
        verifiers: [verifier()],
        now,
        onEvent: (event) => void (event.type === 'refused' && reasons.push(event.reason)),
      })
      expect(await auth.authenticate(bearer(await credential({})))).toMatchObject({ ok: true })
      for (const cnf of BINDINGS)
        expect(await auth.authenticate(bearer(await credential({ cnf })))).toMatchObject({
          ok: false,
          error: { code: 'credential_invalid', status: 401 },
        })
      expect(reasons).toEqual(BINDINGS.map(() => 'bound_to_key'))
    })
  },
)
