import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  instanceSessions,
  sqlSessions,
  type BetterAuthOptions,
} from '../../../src/index.js'
import { outcome } from '../../support/outcome.js'
import { bearer, cookies } from '../../support/requests.js'
import {
  adapterSessions,
  betterAuthInMemory,
  betterAuthOnPostgres,
  change,
  impersonate,
  queryOf,
  REAL_SECRET,
  removeUser,
  signOut,
  signUp,
  type RealBetterAuth,
  type SignedIn,
} from '../../support/real-better-auth.js'

const snake = (...fields: string[]) =>
  Object.fromEntries(fields.map((field) => [field, field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]))
const SNAKE = {
  user: snake('emailVerified', 'createdAt', 'updatedAt', 'banned', 'banReason', 'banExpires'),
  session: snake('userId', 'expiresAt', 'createdAt', 'updatedAt', 'ipAddress', 'userAgent', 'impersonatedBy'),
  tables: { user: 'people', session: 'people_sessions', account: 'people_accounts' },
}
const OWN = {
  user: { email: 'mail', banned: 'is_banned', banExpires: 'banned_until', role: 'job' },
  session: { token: 'sid', userId: 'owner', expiresAt: 'ends', impersonatedBy: 'actor' },
  tables: { user: 'own_user', session: 'own_session', account: 'own_account' },
}

let pg: PGlite
beforeAll(async () => {
  pg = await createEmbedded((from) => PGlite.create(from))
})
afterAll(() => pg.close())

const sources: [string, () => Promise<{ real: RealBetterAuth; sessions: BetterAuthOptions['sessions'] }>][] = [
  [
    'a findSession of the app over the adapter',
    async () => {
      const real = betterAuthInMemory()
      return { real, sessions: adapterSessions(real) }
    },
  ],
  [
    'the instance of the same process',
    async () => {
      const real = betterAuthInMemory()
      return { real, sessions: instanceSessions(real) }
    },
  ],
  [
    'SQL with camelCase columns',
    async () => ({ real: await betterAuthOnPostgres(pg, {}), sessions: sqlSessions(queryOf(pg)) }),
  ],
  [
    'SQL with snake_case columns',
    async () => ({
      real: await betterAuthOnPostgres(pg, SNAKE),
      sessions: sqlSessions(queryOf(pg), {
        tables: { session: 'public.people_sessions', user: 'people' },
        columns: 'snake_case',
      }),
    }),
  ],
  [
    'SQL with columns of its own',
    async () => ({
      real: await betterAuthOnPostgres(pg, OWN),
      sessions: sqlSessions(queryOf(pg), {
        tables: { session: 'own_session', user: 'own_user' },
        columns: { session: OWN.session, user: OWN.user },
      }),
    }),
  ],
]

describe.each(sources)('a real Better Auth server, judged by %s', (source, setUp) => {
  let real: RealBetterAuth
  let sessions: BetterAuthOptions['sessions']
  let person: SignedIn
  let offset = 0
  const judge = (sent: Parameters<typeof outcome>[1]) =>
    outcome(
      createDualAuth({
        verifiers: [betterAuth({ name: 'ba', secrets: [REAL_SECRET], sessions })],
        now: () => Date.now() + offset,
      }),
      sent,
    )

  beforeAll(async () => {
    ;({ real, sessions } = await setUp())
    person = await signUp(real)
  })

  it('accepts its cookie and its bearer: signed, percent-encoded and raw', async () => {
    const ok = `200 ${person.userId} by ba`
    expect(await judge(cookies(person.cookie))).toBe(ok)
    expect(await judge(cookies([`__Secure-${person.cookie[0]}`, person.cookie[1]]))).toBe(ok)
    expect(await judge(cookies([person.cookie[0], decodeURIComponent(person.cookie[1])]))).toBe(ok)
    expect(await judge(bearer(person.bearer))).toBe(ok)
    expect(await judge(bearer(encodeURIComponent(person.bearer)))).toBe(ok)
    expect(await judge(bearer(person.token))).toBe(ok)
  })

  it('shows the session and the user, never the token', async () => {
    const auth = createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [REAL_SECRET], sessions })] })
    const result = await auth.authenticate(cookies(person.cookie))
    if (!result.ok) throw result.error
    expect(result.principal).toMatchObject({ issuer: 'ba', subject: person.userId, roles: ['user'], secretIndex: 0 })
    expect(result.principal.claims).toMatchObject({
      user: { id: person.userId, emailVerified: false, role: 'user', email: expect.stringContaining('@example.com') },
      session: { id: result.principal.sessionId, impersonatedBy: null },
    })
    const { session } = result.principal.claims
    const days = (Date.parse(session!.expiresAt) - Date.parse(session!.createdAt as string)) / 86_400_000
    expect(days).toBeCloseTo(7, 3)
    expect(JSON.stringify(result)).not.toContain(person.token)
  })

  it('refuses a session whose time has passed', async () => {
    offset = 7 * 86_400_000
    expect(await judge(cookies(person.cookie))).toBe('401 credential_expired')
    offset = 0
    const other = await signUp(real)
    await change(real, 'session', other.token, { expiresAt: new Date(Date.now() - 1000) })
    // Better Auth itself answers that there is no session.
    const code = source.startsWith('the instance') ? 'credential_revoked' : 'credential_expired'
    expect(await judge(cookies(other.cookie))).toBe(`401 ${code}`)
  })

  it('refuses a session that was signed out, at once', async () => {
    const other = await signUp(real)
    expect(await judge(bearer(other.bearer))).toBe(`200 ${other.userId} by ba`)
    await signOut(real, other)
    expect(await judge(bearer(other.bearer))).toBe('401 credential_revoked')
    expect(await judge(cookies(other.cookie))).toBe('401 credential_revoked')
  })

  it('refuses a banned user with a live session, until the ban ends', async () => {
    const other = await signUp(real)
    await change(real, 'user', other.userId, { banned: true })
    expect(await judge(cookies(other.cookie))).toBe('403 account_banned')
    await change(real, 'user', other.userId, { banned: true, banExpires: new Date(Date.now() + 60_000) })
    expect(await judge(cookies(other.cookie))).toBe('403 account_banned')
    await change(real, 'user', other.userId, { banned: true, banExpires: new Date(Date.now() - 60_000) })
    expect(await judge(cookies(other.cookie))).toBe(`200 ${other.userId} by ba`)
  })

  it('refuses a session whose user was deleted', async () => {
    const other = await signUp(real)
    await removeUser(real, other.userId)
    expect(await judge(cookies(other.cookie))).toBe('401 credential_revoked')
  })

  it('shows who impersonates', async () => {
    const [administrator, other] = [await signUp(real), await signUp(real)]
    const disguised = await impersonate(real, administrator, other.userId)
    const auth = createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [REAL_SECRET], sessions })] })
    expect(await auth.authenticate(cookies(disguised.cookie))).toMatchObject({
      ok: true,
      principal: { id: other.userId, impersonator: administrator.userId },
    })
  })

  it('refuses tokens that it never made', async () => {
    expect(await judge(bearer('A'.repeat(32)))).toBe('401 credential_revoked')
    expect(await judge(cookies([person.cookie[0], person.token]))).toBe('401 credential_invalid')
    expect(await judge(bearer(person.bearer.replace(/^./, (letter) => (letter === 'a' ? 'b' : 'a'))))).toBe(
      '401 credential_invalid',
    )
    expect(await judge(bearer(`' OR '1'='1`.padEnd(32, 'x').replace(/[^A-Za-z0-9]/g, '0')))).toBe(
      '401 credential_revoked',
    )
  })
})

it('says 503 when the tables are not there', async () => {
  const sessions = sqlSessions(queryOf(pg), { tables: { session: 'nowhere' } })
  const auth = createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [REAL_SECRET], sessions })] })
  expect(await outcome(auth, bearer('A'.repeat(32)))).toBe('503 verifier_unavailable')
})
