// Plays the pages about steering on a real PostgreSQL, in the order in which a team does it.
import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { runCli } from '@dualauth/cli'
import { betterAuth, createDualAuth, legacyJwt, sqlSessions, type DualAuth } from '@dualauth/core'
import {
  accounts,
  installSchema,
  openDatabase,
  policies,
  postgresEvidence,
  type Accounts,
  type Database,
  type DatabasePool,
} from '@dualauth/postgres'
import { createLegacyIssuer } from '@dualauth/testing'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBetterAuthTables } from '../../packages/core/test/support/better-auth-tables.js'
import { start, type Running } from './running.js'
import { fileOf, textOf } from './snippets.js'

const HOUR = 3_600_000
const legacy = createLegacyIssuer({ secret: randomBytes(32).toString('hex') })
const bearer = (sub: string) => ({ authorization: `Bearer ${legacy.sign({ sub, type: 'access' })}` })

/** The commands of a page, in order; `--yes`, because there is no terminal. */
function commandsOf(page: string): string[][] {
  const blocks = [...textOf(page).matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, block]) => block!)
  const lines = blocks.flatMap((block) => [...block.matchAll(/^ *npx dualauth (.*?)(?: {2,}#.*)?$/gm)])
  return lines.map(([, line]) => [...line!.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]!))
}

async function dualauth(url: string, args: readonly string[]): Promise<number> {
  // An instance writes what it knows once a minute: nobody waits for that here.
  const given = args.filter((arg) => arg !== '--wait')
  return runCli(given.includes('--reason') ? [...given, '--yes'] : given, {
    stdin: (async function* () {})(),
    stdout: { write: () => {} },
    stderr: { write: () => {} },
    env: { DATABASE_URL: url },
    cwd: process.cwd(),
    userName: () => 'deploy',
    interruption: () => new AbortController().signal,
  })
}

type CreateNewSide = (
  database: DatabasePool,
  secret: string,
  people: Pick<Accounts, 'links'>,
) => {
  readonly server: { readonly options: object; readonly handler: (request: Request) => Promise<Response> }
  readonly signIn: (id: string, email: string, password: string) => Promise<Response>
}

describeWith('PostgreSQL', 'the pages about steering', () => {
  let server: PostgresServer
  let database: Database
  const opened: Database[] = []
  const names = ['env', 'log', 'query', 'accounts']

  /** A database of its own, which the pages find as theirs. */
  async function open(name: string): Promise<string> {
    await database.query(`create database ${name}`, [])
    const url = Object.assign(new URL(server.url), { pathname: `/${name}` }).href
    const own = await openDatabase(url)
    opened.push(own)
    const env = { DATABASE_URL: url, JWT_SECRET: legacy.secret, BETTER_AUTH_SECRET: randomBytes(32).toString('hex') }
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    const find = async (_verifier: string, _issuer: string, subject: string) => ({ id: subject })
    Object.assign(globalThis, { env, log, query: own.query, accounts: { find } })
    return url
  }
  const last = () => opened.at(-1)!
  const load = async <T>(page: string, name: string): Promise<T> =>
    (await import(/* @vite-ignore */ pathToFileURL(fileOf(page, name)).href)) as T

  beforeAll(async () => {
    server = await startPostgres()
    database = await openDatabase(server.url)
  })
  afterAll(async () => {
    for (const name of names) Reflect.deleteProperty(globalThis, name)
    for (const one of [...opened, database]) await one.close()
    await server.close()
  })

  describe('from a running API to the first stage', () => {
    let url: string
    let running: Running | undefined
    let auth: DualAuth
    const commands = commandsOf('docs/steering.md')
    const me = async () => (await fetch(`${running!.url}/me`, { headers: bearer('42') })).status

    beforeAll(async () => {
      url = await open('first_stage')
    })
    afterAll(async () => {
      await auth.close()
      await running?.close()
    })

    it('the page begins with the schema and the policy of today', () => {
      expect(commands.slice(0, 2).map((args) => args.slice(0, 3))).toEqual([
        ['schema', '--apply'],
        ['stage', 'set', 'off'],
      ])
    })

    it('an instance without a policy is not ready, and refuses callers of the old side', async () => {
      expect(await dualauth(url, commands[0]!)).toBe(0)
      ;({ auth } = await load<{ auth: DualAuth }>('docs/steering.md', 'auth.ts'))
      await expect(auth.ready()).rejects.toMatchObject({ code: 'verifier_unavailable' })
      const refused = await auth.authenticate({ method: 'GET', headers: bearer('42') })
      expect(!refused.ok && refused.error.code).toBe('policy_unavailable')
    })

    it('with it, the server starts, and callers notice nothing at any step', async () => {
      expect(await dualauth(url, commands[1]!)).toBe(0)
      running = await start(fileOf('docs/steering.md', 'server.ts'))
      expect(await me()).toBe(200)
      for (const args of commands.slice(2)) {
        expect([args.join(' '), await dualauth(url, args)]).toEqual([args.join(' '), 0])
        expect(await me()).toBe(200)
      }
      expect((await policies(last().query).read())?.document).toMatchObject({
        stage: 'dual',
        rollout: { basisPoints: 100 },
      })
    })
  })

  it('the commands of the README run in their order, on an empty database', async () => {
    const url = await open('readme')
    const codes: string[] = []
    for (const args of commandsOf('README.md')) codes.push(`${args[0]} ${await dualauth(url, args)}`)
    // Nothing was watched yet: the report says that it cannot tell.
    expect(codes).toEqual(['schema 0', 'stage 0', 'status 0', 'stage 0', 'rollout 0', 'retire 3'])
  })

  it('Better Auth brings our ids along: a person has one id on both sides', async () => {
    await open('own_ids')
    await installSchema(last().query)
    await last().query('create table users (id serial primary key)', [])
    await last().query('insert into users values (42), (43)', [])
    const people = accounts(last().query, { users: { table: 'users' }, verifiers: { 'better-auth': {} } })
    const { createNewSide } = await load<{ createNewSide: CreateNewSide }>('docs/own-ids.md', 'new-side.ts')
    const secret = randomBytes(32).toString('hex')
    const side = createNewSide(last().pool, secret, people)
    await createBetterAuthTables(side.server.options)
    for (const attempt of ['first', 'second'])
      expect([attempt, (await side.signIn('42', 'ada@example.com', 'correct horse')).status]).toEqual([attempt, 200])
    expect((await people.links.list('42')).map(({ how }) => how)).toEqual(['exchange'])
    const auth = createDualAuth({
      verifiers: [betterAuth({ name: 'better-auth', secrets: [secret], sessions: sqlSessions(last().query) })],
      link: people.link,
    })
    const signedIn = await side.signIn('42', 'ada@example.com', 'correct horse')
    const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]!)
    const result = await auth.authenticate({ method: 'GET', headers: { cookie: cookie.join('; ') } })
    expect(result.ok && result.principal.id).toBe('42')
    expect((await side.signIn('43', 'ada@example.com', 'another password')).ok).toBe(false)
    expect(await people.links.list('43')).toEqual([])
    const body = JSON.stringify({ name: '', email: 'eve@example.com', password: 'correct horse' })
    const headers = { 'content-type': 'application/json', origin: 'https://app.example.com' }
    const signUp = new Request('https://app.example.com/api/auth/sign-up/email', { method: 'POST', headers, body })
    expect((await side.server.handler(signUp)).status).toBe(404)
  })

  describe('deleting a person', () => {
    let erasePerson: (id: string) => Promise<void>
    beforeAll(async () => {
      await open('erasure')
      await installSchema(last().query)
      ;({ erasePerson } = await load<{ erasePerson: typeof erasePerson }>('docs/erasure.md', 'erase-person.ts'))
    })

    /** Tables of the schema in which the text stands. */
    async function tablesWith(text: string): Promise<string[]> {
      const found: string[] = []
      for (const table of await tablesOf(last())) {
        const rows = await last().query(`select 1 from dualauth.${table} t where t::text like $1`, [`%${text}%`])
        if (rows.length > 0) found.push(table)
      }
      return found
    }

    it('leaves nothing in any table, and everything of others', async () => {
      for (const id of ['ada-1', 'bob-2']) for (const sql of rowsOf(id)) await last().query(sql, [])
      const before = await tablesWith('bob-2')
      expect(await tablesWith('ada-1')).toEqual(before)
      expect(before).toHaveLength(12)
      await erasePerson('ada-1')
      expect(await tablesWith('ada-1')).toEqual([])
      expect(await tablesWith('bob-2')).toEqual(before)
      const [policy] = await last().query(`select document #>> '{rollout,include}' as list from dualauth.policy`, [])
      expect(policy).toEqual({ list: '["bob-2"]' })
    })

    it('has to be called again after an hour: an instance writes what it saw before', async () => {
      let now = Date.now()
      const auth = createDualAuth({
        verifiers: [
          legacyJwt({
            name: 'legacy',
            algorithms: ['HS256'],
            secrets: [legacy.secret],
            purpose: 'only-access-tokens',
          }),
          legacyJwt({
            name: 'new',
            algorithms: ['HS512'],
            secrets: [randomBytes(64).toString('hex')],
            purpose: 'only-access-tokens',
          }),
        ],
        link: ({ subject }) => ({ id: subject }),
        migration: {
          from: ['legacy'],
          to: 'new',
          policy: { version: 1, stage: 'dual' },
          evidence: postgresEvidence(last().query),
        },
        now: () => now,
      })
      const token = legacy.sign({ sub: 'cleo-3', exp: Math.floor(now / 1000) + 86_400 })
      const call = async () => {
        const result = await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${token}` } })
        expect(result.ok).toBe(true)
        await auth.flush()
      }
      await call()
      await call()
      await erasePerson('cleo-3')
      expect(await tablesWith('cleo-3')).toEqual([])
      now += HOUR
      await auth.flush()
      expect(await tablesWith('cleo-3')).toEqual(['evidence'])
      await erasePerson('cleo-3')
      now += 2 * HOUR
      await auth.close()
      expect(await tablesWith('cleo-3')).toEqual([])
    })
  })

  it('docs/accounts.md names every table that the schema has', async () => {
    await open('tables')
    await installSchema(last().query)
    const page = textOf('docs/accounts.md')
    const table = page.slice(page.indexOf('## The schema'))
    const cells = [...table.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell]) => cell!)
    const named = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!))
    expect(named.toSorted()).toEqual(await tablesOf(last()))
  })
})

async function tablesOf({ query }: Database): Promise<string[]> {
  const rows = await query(
    `select table_name::text as name from information_schema.tables where table_schema = 'dualauth' and table_type = 'BASE TABLE'`,
    [],
  )
  return rows.map(({ name }) => String(name)).toSorted()
}

/** A row about a person in each table that may hold one. */
function rowsOf(id: string): string[] {
  const identity = `'workos', 'https://issuer.example', 'subject-of-${id}'`
  return [
    `insert into dualauth.identity_link (verifier, issuer, subject, account_id, how) values (${identity}, '${id}', 'admin')`,
    `insert into dualauth.provisioning values (${identity}, '${id}', 'claim', now())`,
    `insert into dualauth.conflict (kind, verifier, issuer, subject) values ('address_taken', ${identity})`,
    `insert into dualauth.workos_user values ('prod', 'subject-of-${id}', '${id}', false, now(), now(), 'event_1')`,
    `insert into dualauth.workos_membership values ('prod', 'membership-of-${id}', 'subject-of-${id}', 'org_1', 'active', '{}', false, now(), now(), 'event_2')`,
    `insert into dualauth.permission_grant (account_id, permission) values ('${id}', 'things:read')`,
    `insert into dualauth.api_key (id, hash, start, owner_kind, owner_id, scopes) values ('key-of-${id}', '${id}', 'sk', 'user', '${id}', '{}')`,
    `insert into dualauth.api_key (id, hash, start, owner_kind, owner_id, scopes, created_by) values ('service-' || md5('${id}'), md5('${id}'), 'sk', 'service', 'robot', '{}', '${id}')`,
    `insert into dualauth.api_key_rotation (source, key_id) values ('dualauth.api_key', 'key-of-${id}')`,
    `insert into dualauth.api_key_owner values ('user', '${id}', 1)`,
    `insert into dualauth.audit (actor, event, subject, data) values ('${id}', 'api_key.created', 'a', '{"owner": "${id}"}'), ('grace', 'link.added', '${id}', '{}')`,
    `insert into dualauth.evidence (migration, user_id, side, outcome, organization, client, verifier, first_at, last_at, uses)
      values ('default', '${id}', 'old', 'accepted', '', 'bearer', 'legacy', now(), now(), 1)`,
    `insert into dualauth.policy (migration, version, document, actor, reason) values ('default', 1,
      '{"stage": "dual", "rollout": {"unit": "user", "salt": "a", "basisPoints": 0, "include": ["${id}"]}}', 'grace', 'a')
      on conflict (migration, version) do update set document = jsonb_set(policy.document, '{rollout,include}',
        (policy.document #> '{rollout,include}') || '["${id}"]')`,
  ]
}
