// People are imported into a real Better Auth, while its database ends connections at random.
import { deepEqual, equal } from 'node:assert/strict'
import { betterAuthTarget, createImport } from '@dualauth/import'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { organization } from 'better-auth/plugins'
import { directoryOf, finish, goOn, hashOf, LEASE_MS, PASSWORD } from './import-people.mjs'

/** What `acts.mjs` lists. */
export const importBetterAuthAct = { prepare, work, check, lifeMs: 1_800 }

const PEOPLE = 6_000
const SIGN_INS = 25

const serverOn = (pool) =>
  betterAuth({
    database: pool,
    baseURL: 'http://localhost:3000',
    secret: 'a secret of nobody, which signs nothing that is kept',
    emailAndPassword: { enabled: true },
    plugins: [organization()],
    telemetry: { enabled: false },
    logger: { disabled: true },
  })

async function prepare({ pool }) {
  await (await getMigrations(serverOn(pool).options)).runMigrations()
  return { given: { passwordHash: hashOf(PASSWORD) } }
}

const importOf = ({ query, pool, given }, options) =>
  createImport({
    query,
    source: directoryOf(PEOPLE, given.passwordHash),
    target: betterAuthTarget({ query, pool }),
    link: { verifier: 'better-auth', issuer: 'urn:better-auth' },
    concurrency: 4,
    batchSize: 20,
    leaseMs: LEASE_MS,
    ...options,
  })

async function work({ query, pool, report, given }) {
  report({ begun: true })
  const told = ({ kind, id, outcome }) => outcome === 'created' && report({ kind, id })
  const breaker = setInterval(() => void endOne(query), 150)
  await goOn(() => importOf({ query, pool, given }, { report: told }).run())
  clearInterval(breaker)
}

/** A connection of those that are killed, whatever it is doing. */
async function endOne(query) {
  const mine = `select pid from pg_stat_activity where application_name = 'to be killed' and pid <> pg_backend_pid()`
  await query(`select pg_terminate_backend(pid) from (${mine} order by random() limit 1) as one`, []).catch(() => {})
}

async function check({ query, pool, reports, given }) {
  const count = async (sql) => Number((await query(`select count(*) as n from ${sql}`, []))[0].n)
  const made = await count('"user"')
  await finish(() => importOf({ query, pool, given }), PEOPLE)
  const contents = async () => {
    const parts = ['"user"', 'account', 'organization', 'member', 'dualauth.import_item', 'dualauth.identity_link'].map(
      async (table) =>
        (
          await query(`select md5(string_agg(t::text || xmin::text, ',' order by t::text)) as sum from ${table} t`, [])
        )[0].sum,
    )
    return Promise.all(parts)
  }
  const before = await contents()
  await importOf({ query, pool, given }).run()
  deepEqual(await contents(), before, 'a second run has written')
  const tables = { '"user"': PEOPLE, account: PEOPLE, organization: 20, member: PEOPLE / 2 }
  for (const [table, right] of Object.entries(tables)) equal(await count(table), right, `${table} lost or doubled some`)
  equal(await count('(select distinct "userId" from account where password is not null) as one'), PEOPLE)
  equal(await count('(select distinct "userId", "organizationId" from member) as one'), PEOPLE / 2)
  equal(
    await count(`"user" u join dualauth.identity_link l on l.subject = u.id and l.verifier = 'better-auth'`),
    PEOPLE,
  )
  const ids = new Set((await query('select id from "user"', [])).map(({ id }) => id))
  for (const { kind, id } of reports)
    if (kind === 'person') equal(ids.has(id), true, 'somebody who was reported is lost')
  const { api } = serverOn(pool)
  for (let turn = 0; turn < SIGN_INS; turn++) {
    const email = `p${Math.floor(Math.random() * PEOPLE)}@example.com`
    const { status } = await api.signInEmail({ body: { email, password: PASSWORD }, asResponse: true })
    equal(status, 200, 'somebody cannot sign in')
  }
  return `${PEOPLE} people, ${made} of them by processes that were killed, ${SIGN_INS} of them signed in, ${reports.length} reports`
}
