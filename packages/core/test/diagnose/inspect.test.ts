import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  authJs,
  authJsSessions,
  betterAuth,
  betterAuthTokens,
  createDualAuth,
  httpSessions,
  keySetAt,
  legacyJwt,
  oidc,
  redisSessions,
  secretFingerprint,
  sessionRows,
  sessions,
  sqlSessions,
  workos,
  workosRefresh,
  workosSession,
  type MigrationOptions,
} from '../../src/index.js'

const SECRETS = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex'), 'inherited'] as const
const link = ({ subject }: { subject: string }) => ({ id: subject })
const purpose = 'only-access-tokens'
const acceptWeakSecret = { until: '2999-01-01', reason: 'inherited' }

describe('auth.inspect', () => {
  const auth = createDualAuth({
    link,
    trustedOrigins: ['https://app.example.com'],
    verifiers: [
      legacyJwt({ name: 'old', algorithms: ['HS256'], secrets: [SECRETS[2]], purpose, acceptWeakSecret }),
      legacyJwt({
        name: 'keys',
        algorithms: ['RS256'],
        keySet: keySetAt('https://issuer.example.com/jwks'),
        issuer: 'https://issuer.example.com',
        purpose,
        maxAgeSeconds: 60,
      }),
      oidc({ name: 'oidc', issuer: 'https://login.example.com', audience: 'api' }),
      workos({ name: 'workos', clientId: 'client_123' }),
      betterAuth({
        name: 'ba',
        secrets: SECRETS.slice(0, 2),
        sessions: sqlSessions(async () => [], { tables: { session: 'auth.sessions' }, columns: 'snake_case' }),
        tokens: betterAuthTokens({ baseUrl: 'https://app.example.com' }),
      }),
    ],
  })

  it('says how each verifier is configured', () => {
    const { verifiers, trustedOrigins, revocations } = auth.inspect()
    expect({ trustedOrigins, revocations }).toEqual({ trustedOrigins: ['https://app.example.com'], revocations: null })
    expect(verifiers).toMatchObject([
      { name: 'old', kind: 'legacyJwt', secrets: 1, requiresExpiry: true, clockToleranceSeconds: 5 },
      { name: 'keys', keySets: ['https://issuer.example.com/jwks'], requiresExpiry: false, hasOwnFetch: false },
      { name: 'oidc', keySets: [], metadata: [expect.stringContaining('openid-configuration'), expect.any(String)] },
      { name: 'workos', keySets: ['https://api.workos.com/sso/jwks/client_123'] },
      {
        name: 'ba',
        secrets: 2,
        keySets: ['https://app.example.com/api/auth/jwks'],
        sessions: {
          kind: 'sql',
          tables: [{ table: 'auth.sessions', columns: { expiresAt: 'expires_at' } }, { table: 'user' }],
        },
      },
    ])
    expect(verifiers[0]?.acceptances).toEqual([{ option: 'acceptWeakSecret', until: '2999-01-01' }])
  })

  it.each([
    [redisSessions(() => null, { prefix: 'shop:' }), { kind: 'redis', prefix: 'shop:' }],
    [httpSessions({ url: 'https://app.example.com/s' }), { kind: 'http', url: 'https://app.example.com/s' }],
    [() => null, { kind: 'function' }],
    ['stateless' as const, { kind: 'stateless' }],
  ])('says where sessions are looked up: %#', (sessions, expected) => {
    const one = createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: SECRETS.slice(0, 1), sessions })] })
    expect(one.inspect().verifiers[0]?.sessions).toEqual(expected)
  })

  it.each([
    [
      sessions({
        name: 'rows',
        carriers: [{ cookie: 'sid' }],
        find: sessionRows(async () => [], {
          table: 'auth.login',
          columns: { key: 'hash', userId: 'owner', expiresAt: 'ends' },
          users: { table: 'people', columns: { id: 'id' } },
        }),
      }),
      'sessionRows',
      [
        { role: 'session', table: 'auth.login', columns: { key: 'hash', userId: 'owner', expiresAt: 'ends' } },
        { role: 'user', table: 'people', columns: { id: 'id' } },
      ],
    ],
    [
      authJs({ name: 'rows', sessions: authJsSessions(async () => [], { columns: 'snake_case', sessionIds: true }) }),
      'authJsSessions',
      [
        {
          role: 'session',
          table: 'sessions',
          columns: { id: 'id', sessionToken: 'session_token', userId: 'user_id', expires: 'expires' },
        },
        { role: 'user', table: 'users', columns: { id: 'id' } },
      ],
    ],
  ])('names the tables and columns that a source reads: %#', (verifier, reader, tables) => {
    const [found] = createDualAuth({ verifiers: [verifier] }).inspect().verifiers
    expect(found?.sessions).toEqual({ kind: 'sql', reader, tables })
  })

  it('says where instances keep a policy and refreshes, if the source and the store say so', () => {
    const about = { kind: 'redis', prefix: 'shop:' } as const
    const store = { add: () => true, get: () => null, set: () => {}, delete: () => {}, about }
    const session = workosSession({
      cookiePasswords: [SECRETS[0]],
      refresh: workosRefresh({ apiKey: 'sk_test_0123456789', store }),
    })
    const source = { kind: 'redis', key: 'shop:policy:default' } as const
    const moving = (policy: MigrationOptions['policy']) =>
      createDualAuth({
        link,
        verifiers: [
          legacyJwt({ name: 'old', algorithms: ['HS256'], secrets: [SECRETS[1]], purpose }),
          workos({ name: 'workos', clientId: 'client_123', session }),
        ],
        migration: { from: ['old'], to: 'workos', policy },
      }).inspect()
    const { verifiers, policies } = moving({ load: () => null, about: source })
    expect(verifiers.map(({ refreshes }) => refreshes)).toEqual([null, about])
    expect(policies).toEqual([{ migration: 'default', source }])
    expect(moving({ version: 1, stage: 'off' }).policies).toEqual([{ migration: 'default', source: null }])
    expect(auth.inspect().policies).toEqual([])
  })

  it('holds no secret, as the fingerprints do not', async () => {
    const fingerprints = await auth.fingerprints()
    expect(fingerprints.map(({ verifier, index }) => [verifier, index])).toEqual([
      ['old', 0],
      ['ba', 0],
      ['ba', 1],
    ])
    const all = JSON.stringify([auth.inspect(), fingerprints])
    for (const secret of SECRETS) expect(all).not.toContain(secret)
  })
})

describe('the fingerprint of a secret', () => {
  it('is PBKDF2 in six parts, so that every runtime makes the same one', async () => {
    const salt = 'dualauth secret fingerprint 1: ba'
    let key: string | Buffer = SECRETS[0]
    for (let part = 0; part < 6; part++) key = pbkdf2Sync(key, salt, 100_000, 32, 'sha256')
    expect(await secretFingerprint(SECRETS[0], 'ba')).toBe((key as Buffer).toString('hex').slice(0, 8))
  })

  it('tells secrets and verifiers apart, and not text from its bytes', async () => {
    const of = await secretFingerprint(SECRETS[0], 'ba')
    expect(await secretFingerprint(Buffer.from(SECRETS[0]), 'ba')).toBe(of)
    expect(await secretFingerprint(SECRETS[1], 'ba')).not.toBe(of)
    expect(await secretFingerprint(SECRETS[0], 'old')).not.toBe(of)
  })
})
