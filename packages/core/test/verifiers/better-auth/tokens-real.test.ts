import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { betterAuth, betterAuthTokens, createDualAuth } from '../../../src/index.js'
import {
  ORIGIN,
  signUpAt,
  startBetterAuth,
  VERSIONS,
  type BetterAuthServer,
  type Person,
} from '../../support/better-auth-servers.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { bearer } from '../../support/requests.js'

const secret = randomBytes(32).toString('hex')

describe.each([
  ['1.7', 'EdDSA'],
  ['1.7', 'ES256'],
  ['1.7', 'ES512'],
  ['1.7', 'RS256'],
  ['1.7', 'PS256'],
  ['1.4', 'EdDSA'],
] as const)('tokens of the JWT plugin of Better Auth %s, signed with %s', (version, alg) => {
  let server: BetterAuthServer
  let keys: KeySetServer
  let person: Person
  let token: string
  let offset = 0

  beforeAll(async () => {
    const { admin, jwt } = VERSIONS[version].plugins
    const cache = version === '1.7' ? { sessionCookieCache: true } : {}
    server = startBetterAuth(version, {
      secret,
      session: { cookieCache: { enabled: true, strategy: 'jwt' } },
      plugins: [admin!(), jwt!({ jwks: { keyPairConfig: { alg } }, ...cache })],
    })
    person = await signUpAt(server)
    token = await mint(person)
    const published = await server.call('GET', '/jwks', new Map())
    keys = await startKeySetServer(((await published.json()) as { keys: unknown[] }).keys)
  })
  afterAll(() => keys.close())

  async function mint({ jar }: Person): Promise<string> {
    const response = await server.call('GET', '/token', jar)
    return ((await response.json()) as { token: string }).token
  }

  async function judge(value: string, options: object = {}) {
    const tokens = betterAuthTokens({ baseUrl: ORIGIN, keySetUrl: keys.url, ...options })
    const verifier = betterAuth({ name: 'ba', secrets: [secret], sessions: () => null, tokens })
    const auth = createDualAuth({ verifiers: [verifier], now: () => Date.now() + offset })
    const result = await auth.authenticate(bearer(value))
    await auth.close()
    return result.ok ? result.principal : `${result.error.status} ${result.error.code}`
  }

  it('are the same identity as the sessions of the user, without a session', async () => {
    expect(await judge(token)).toMatchObject({
      id: person.id,
      issuer: 'ba',
      subject: person.id,
      roles: ['user'],
      sessionId: null,
      email: person.email,
      claims: { session: null, user: { id: person.id } },
    })
  })

  it('are refused when they expired, were altered, or are for somebody else', async () => {
    offset = 16 * 60_000
    expect(await judge(token)).toBe('401 credential_expired')
    offset = 0
    expect(await judge(token.replace(/.{9}$/, 'AAAAAAAAA'))).toBe('401 credential_invalid')
    expect(await judge(token, { audience: 'https://api.example.com' })).toBe('401 credential_unsupported')
    expect(await judge(token, { issuer: 'https://other.example.com' })).toBe('401 credential_unsupported')
  })

  it('are refused when they say that the user is banned', async () => {
    const banned = await signUpAt(server)
    Object.assign(
      server.tables['user']!.find(({ id }) => id === banned.id)!,
      { banned: true },
    )
    banned.jar.delete('better-auth.session_data')
    expect(await judge(await mint(banned))).toBe('403 account_banned')
  })

  it('are not what the same keys sign for the cookie cache', async () => {
    expect(await judge(person.jar.get('better-auth.session_data')!)).toBe('401 credential_unsupported')
  })

  it('cannot be judged while the key set is not to be had', async () => {
    keys.mode = 'status-500'
    expect(await judge(token)).toBe('503 verifier_unavailable')
    keys.mode = 'ok'
  })
})
