import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import { randomBytes } from 'node:crypto'
import { betterAuth, createDualAuth, legacyJwt, oidc, sqlSessions, workos, type DualAuth } from '@dualauth/core'
import { createLegacyIssuer, startFakeWorkos, type FakeWorkos } from '@dualauth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accounts, installSchema, type Accounts } from '../../src/index.js'
import { cookiesOf, signUpAt, type BetterAuthServer, type Jar } from '../../../core/test/support/better-auth-servers.js'
import { startOnPostgres } from '../../../core/test/support/better-auth-sql.js'
import { RESOURCES, startRealOidc, type RealOidc } from '../../../core/test/support/real-oidc.js'

const SECRET = randomBytes(32).toString('hex')

// One application on its way: legacy tokens of before, a real Better Auth over its users, a WorkOS-shaped issuer, and a
// real OpenID provider, all in front of one table of people.
describe('first sign-ins at real providers', () => {
  const legacy = createLegacyIssuer()
  let pg: PGlite
  let server: BetterAuthServer
  let fake: FakeWorkos
  let provider: RealOidc
  let people: Accounts
  let auth: DualAuth
  const query = async (sql: string, params: readonly unknown[]) =>
    (await pg.query(sql, [...params])).rows as Record<string, unknown>[]

  beforeAll(async () => {
    pg = await createEmbedded((from) => PGlite.create(from))
    ;({ server } = await startOnPostgres('1.7', pg, { secret: SECRET }))
    fake = await startFakeWorkos()
    provider = await startRealOidc()
    await installSchema(query)
    await pg.exec(`insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
        values ('42', 'Ada', 'ada@example.com', true, now(), now());
      insert into account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
        values ('a42', '42', 'credential', '42', '#correct horse', now(), now())`)
    people = accounts(query, {
      users: { table: 'user', email: 'email', emailVerified: 'emailVerified' },
      verifiers: {
        legacy: { ownId: 'subject' },
        'better-auth': { ownId: 'subject' },
        workos: { ownId: { claim: 'external_id' } },
        idp: {
          ownId: { claim: 'external_id' },
          provision: {
            columns: ({ claims }) => {
              const { email, name } = claims as { email?: string; name?: string }
              const now = new Date()
              return { email: email ?? null, name: name ?? '', emailVerified: false, createdAt: now, updatedAt: now }
            },
          },
        },
      },
    })
    await people.ready()
    auth = createDualAuth({
      verifiers: [
        legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [legacy.secret], purpose: 'only-access-tokens' }),
        betterAuth({ name: 'better-auth', secrets: [SECRET], sessions: sqlSessions(query) }),
        workos({ name: 'workos', clientId: fake.clientId, apiUrl: fake.origin }),
        oidc({ name: 'idp', issuer: provider.issuer, audience: RESOURCES.RS256 }),
      ],
      link: people.link,
    })
  })
  afterAll(async () => {
    await auth.close()
    await provider.close()
    await fake.close()
    await pg.close()
  })

  const whoHas = async (bearer: string) => outcome({ authorization: `Bearer ${bearer}` })
  const outcome = async (headers: Record<string, string>): Promise<string> => {
    const result = await auth.authenticate({ method: 'GET', headers })
    return result.ok ? result.principal.id : result.error.code
  }

  it('the existing person keeps her account by her old token, and at Better Auth, WorkOS and the provider', async () => {
    expect(await whoHas(legacy.sign({ sub: '42' }))).toBe('42')
    const jar: Jar = new Map()
    await server.call('POST', '/sign-in/email', jar, { email: 'ada@example.com', password: 'correct horse' })
    expect(await outcome(cookiesOf(jar).headers)).toBe('42')
    expect(await whoHas(fake.accessToken({ sub: 'user_ADA', external_id: '42' }))).toBe('42')
    expect(await whoHas(fake.accessToken({ sub: 'user_ADA' }))).toBe('42')
    expect(await whoHas(await provider.userToken('RS256', { external_id: '42' }, 'ada'))).toBe('42')
    expect(await people.links.list('42')).toMatchObject([{ verifier: 'workos' }, { verifier: 'idp' }])
  })

  it('a new person gets one account, at whichever side she comes in first', async () => {
    const bob = await signUpAt(server)
    expect(await outcome(cookiesOf(bob.jar).headers)).toBe(bob.id)
    // WorkOS makes nobody here; the provider may.
    expect(await whoHas(fake.accessToken({ sub: 'user_NEW' }))).toBe('identity_unlinked')
    const token = await provider.userToken('RS256', { email: 'cleo@example.com', name: 'Cleo' }, 'cleo')
    const cleo = await whoHas(token)
    expect(await people.find(cleo)).toMatchObject({ id: cleo, active: true })
    expect(await whoHas(token)).toBe(cleo)
  })

  it('fifty first sign-ins of one person at once are one account and one link', async () => {
    const before = (await query('select 1 from "user"', [])).length
    const tokens = await Promise.all(
      Array.from({ length: 50 }, () => provider.userToken('RS256', { email: 'dora@example.com' }, 'dora')),
    )
    const seen = await Promise.all(tokens.map(whoHas))
    expect(new Set(seen).size).toBe(1)
    const [row] = await query(`select count(*)::int as n from "user"`, [])
    expect(row).toEqual({ n: before + 1 })
  })

  it('an address that somebody has already is a conflict, and no merge', async () => {
    const token = await provider.userToken('RS256', { email: 'ada@example.com', email_verified: true }, 'eve')
    expect(await whoHas(token)).toBe('account_conflict')
    expect(await people.conflicts.list({ kind: 'address_taken' })).toMatchObject([
      { kind: 'address_taken', account: '42' },
    ])
  })

  it('a deleted person is refused at every door', async () => {
    await pg.exec(`delete from "user" where id = '42'`)
    expect(await whoHas(legacy.sign({ sub: '42' }))).toBe('identity_unlinked')
    expect(await whoHas(fake.accessToken({ sub: 'user_ADA', external_id: '42' }))).toBe('identity_unlinked')
  })
})
