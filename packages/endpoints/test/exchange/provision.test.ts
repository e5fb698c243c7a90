import { inspect } from 'node:util'
import { isAuthError, type ExchangeOptions } from '@dualauth/core'
import { openDatabase } from '@dualauth/postgres'
import { betterAuth as createBetterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { getMigrations } from 'better-auth/db/migration'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UserAdapter } from '../../src/exchange/minters/better-auth-people.js'
import { betterAuthMinter, type ProvisionBetterAuthUser } from '../../src/index.js'
import { VERSIONS } from '../better-auth-versions.js'
import { createWorld, said, share, type RealBetterAuth, type Shared } from './world.js'

const DAY = 86_400

function open(provision: ProvisionBetterAuthUser, shared: Shared = share(), exchange: Partial<ExchangeOptions> = {}) {
  const minter = betterAuthMinter({ verifier: 'better-auth', instance: shared.server as never, provision })
  const world = createWorld({ shared, exchange: { minter, ...exchange } })
  const cookie = (id: string, claims: object = {}): string =>
    `old=${world.old(id, { exp: Math.floor(Date.now() / 1000) + DAY, ...claims })}`
  return { world, cookie, tables: shared.server.tables }
}

const profile: ProvisionBetterAuthUser = ({ id }) => ({ name: id, email: `${id}@Example.com` })

let database: Awaited<ReturnType<typeof openDatabase>>
beforeAll(async () => {
  database = await openDatabase()
}, 120_000)
afterAll(() => database.close())

/** A real server over a database that says what is unique. */
async function onDatabase() {
  const own = share()
  const options = {
    database: database.pool,
    secret: own.secret,
    baseURL: 'http://localhost:3000',
    logger: { disabled: true },
  }
  await (await getMigrations(options)).runMigrations()
  const server = createBetterAuth(options)
  const shared: Shared = { ...own, server: Object.assign(server, { tables: own.server.tables }) as never }
  return { shared, server, query: database.query }
}

describe('a person whom Better Auth does not know yet', () => {
  it.each(VERSIONS)('gets a user at Better Auth %s with the id of the application, and a session', async (version) => {
    const { world, cookie, tables } = open(profile, share(version))
    const exchanged = await world.browser(cookie('ada'))
    expect(said(exchanged)).toBe('200')
    expect(exchanged.json).toMatchObject({ id: 'ada', verifier: 'better-auth' })
    expect(tables.user).toMatchObject([
      { id: 'ada', name: 'ada', email: 'ada@example.com', emailVerified: false, role: null },
    ])
    expect(await world.use({ cookie: exchanged.cookie })).toBe('better-auth ada')
    expect(await world.atBetterAuth(exchanged.cookie)).toBe('ada')
  })

  it('is made once, by however many requests and instances at the same time', async () => {
    const { shared, query } = await onDatabase()
    const instances = [open(profile, shared), open(profile, shared)]
    const answers = await Promise.all(
      // Each request has a credential of its own, so that none waits for another.
      instances.flatMap(({ world, cookie }) => ['a', 'b', 'c'].map((sid) => world.browser(cookie('ada', { sid })))),
    )
    expect(answers.map(said)).toEqual(answers.map(() => '200'))
    expect(await query('select id from "user"', [])).toEqual([{ id: 'ada' }])
  })

  it('is refused where somebody else gets the same address at the same moment, and no event tells it', async () => {
    const { shared, server } = await onDatabase()
    const { internalAdapter } = (await server.$context) as unknown as { internalAdapter: UserAdapter }
    const { findUserByEmail } = internalAdapter
    let isLate = true
    // The other one comes between the question and the answer.
    internalAdapter.findUserByEmail = async (email) => {
      if (!isLate) return findUserByEmail(email)
      isLate = false
      await internalAdapter.createUser({ id: 'cleo', name: 'cleo', email, emailVerified: true })
      return null
    }
    const { world, cookie } = open(profile, shared)
    expect(said(await world.browser(cookie('bea')))).toBe('403 account_conflict address_taken')
    expect(inspect(world.events, { depth: 12, showHidden: true })).not.toMatch(/@example\.com/i)
  })

  it('is not asked for again once Better Auth knows the id', async () => {
    const asked: string[] = []
    const { world, cookie } = open((principal) => {
      asked.push(principal.id)
      return profile(principal)
    })
    for (const id of ['ada', 'ada', 'bea']) expect(said(await world.browser(cookie(id)))).toBe('200')
    expect(asked).toEqual(['ada', 'bea'])
  })

  it('never becomes somebody who has the address at Better Auth already', async () => {
    const { world, cookie, tables } = open(() => ({ name: 'Ada', email: 'BEA@example.com' }))
    await world.join('bea')
    const refused = await world.browser(cookie('ada'))
    expect([said(refused), refused.cookie]).toEqual(['403 account_conflict address_taken', ''])
    expect([tables.user.length, tables.session.length]).toEqual([1, 0])
  })

  it('is refused where nobody says who that is, and the exchange is not counted', async () => {
    let isKnown = false
    const { world, cookie } = open((principal) => (isKnown ? profile(principal) : null))
    const old = cookie('ada')
    for (let attempt = 0; attempt < 5; attempt++)
      expect(said(await world.browser(old))).toBe('403 exchange_refused no_account')
    isKnown = true
    expect(said(await world.browser(old))).toBe('200')
  })

  it('waits for an outage, and for an answer that is no user', async () => {
    const { world, cookie } = open((principal) => {
      if (principal.id === 'ada') throw new Error('the database is down')
      return { name: 'Bea' } as never
    })
    for (const id of ['ada', 'bea']) expect(said(await world.browser(cookie(id)))).toBe('503 verifier_unavailable')
  })

  it('is refused where a hook of Better Auth says no, or where it keeps another id', async () => {
    const hooked = async (before: (user: object) => Promise<never>): Promise<string> => {
      const own = share()
      const tables = { user: [], session: [], account: [], verification: [] }
      const server = createBetterAuth({
        database: memoryAdapter(tables),
        secret: own.secret,
        baseURL: 'http://localhost:3000',
        databaseHooks: { user: { create: { before } } },
        logger: { disabled: true },
      })
      const shared = { ...own, server: Object.assign(server, { tables }) as unknown as RealBetterAuth }
      const { world, cookie } = open(profile, shared)
      const answer = await world
        .browser(cookie('ada'))
        .then(said, (cause: unknown) => (isAuthError(cause) ? cause.code : 'thrown'))
      expect(tables.user).toEqual([])
      return answer
    }
    expect(await hooked(async () => false as never)).toBe('403 account_refused')
    expect(await hooked(async () => ({ data: { id: 'another' } }) as never)).toBe('500 configuration_invalid')
  })
})
