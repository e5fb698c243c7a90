import { createDualAuth, legacyJwt, type Account, type Link, type Query } from '@dualauth/core'
import { accounts, installSchema } from '@dualauth/postgres'
import { createLegacyIssuer } from '@dualauth/testing'
import type { Group } from '../group.js'
import { mustAccept, requestWith } from '../our-auth.js'
import { startPostgres, type Postgres } from '../postgres.js'
import type { Row } from '../row.js'
import { each, eachTimed, takeTurns } from '../turns.js'

const USERS = 10_000
const ASKED = 200
const LINK_MAX_AGE_MS = 600_000

const TABLES = `
create table users (id uuid primary key default gen_random_uuid(), number integer unique, is_active boolean default true);
create table memberships (user_id uuid references users(id), organization_id text, role text);
insert into users (number) select n from generate_series(1, ${USERS}) n;
insert into memberships select id, 'org_' || n, 'MEMBER' from users, generate_series(1, 3) n;
create index memberships_user on memberships (user_id);
insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
  select 'legacy', 'legacy', 'subject-' || number, id::text, 'import' from users;
analyze`

/** What a team writes that knows its tables. */
const BY_HAND = `
select u.id, u.is_active, (
  select json_agg(json_build_object('organization', m.organization_id, 'roles', json_build_array(m.role)))
  from memberships m where m.user_id = u.id) as memberships
from dualauth.identity_link l join users u on u.id = l.account_id::uuid
where l.verifier = $1 and l.issuer = $2 and l.subject = $3 and l.ended_at is null`

/** `accounts` beside the same look-up written by hand, over the same connection. */
export const accountsGroup: Group = {
  name: 'accounts',
  title: 'Accounts in PostgreSQL, in process',
  async measure({ quick }) {
    const postgres = await startPostgres()
    try {
      return await measureAccounts(postgres, quick ? 2 : 20)
    } finally {
      await postgres.stop()
    }
  },
}

async function measureAccounts({ pool, query }: Postgres, rounds: number): Promise<Row[]> {
  await installSchema(query)
  await pool.query(TABLES)
  const people = accounts(query, {
    users: { table: 'users', active: 'is_active' },
    memberships: { table: 'memberships', user: 'user_id', organization: 'organization_id', role: 'role' },
    verifiers: { legacy: {} },
  })
  await people.ready()
  const contenders = { ours: people.link, peer: byHand(query) }
  for (const [name, link] of Object.entries(contenders)) await assertLinks(name, link)
  const rows: Row[] = []
  for (const remembered of [false, true]) rows.push(await measureLinks(contenders, remembered, rounds))
  return rows
}

async function measureLinks(links: { ours: Link; peer: Link }, remembered: boolean, rounds: number): Promise<Row> {
  const turnOf = async (link: Link) => {
    const legacy = createLegacyIssuer()
    const auth = createDualAuth({
      remember: remembered ? { linkMaxAgeMs: LINK_MAX_AGE_MS } : false,
      verifiers: [
        legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [legacy.secret], purpose: 'only-access-tokens' }),
      ],
      link,
    })
    const requests = Array.from({ length: ASKED }, (_, index) =>
      requestWith('Authorization', `Bearer ${legacy.sign({ sub: `subject-${index + 1}` })}`),
    )
    const ask = (index: number) => mustAccept(auth, requests[index]!)
    for (let index = 0; index < ASKED; index++) await ask(index)
    return remembered ? each(ASKED, ask) : eachTimed(ASKED, ask)
  }
  const turns = { ours: await turnOf(links.ours), peer: await turnOf(links.peer) }
  const what = remembered ? 'a token with its account, remembered' : 'a token with its account, first sight'
  const target = { figure: 'ours / peer', atMost: remembered ? 1.1 : 1.25 } as const
  return {
    what,
    unit: remembered ? 'µs' : 'µs, p50',
    peerName: 'SQL by hand',
    series: await takeTurns(turns, { rounds, operations: ASKED }),
    target,
  }
}

function byHand(query: Query): Link {
  return async ({ verifier, issuer, subject }) => {
    const [row] = await query(BY_HAND, [verifier, issuer, subject])
    if (row === undefined) return null
    const {
      id,
      is_active: active,
      memberships,
    } = row as { id: string; is_active: boolean; memberships: Account['memberships'] }
    return { id, active, memberships: memberships ?? [], organization: null }
  }
}

/** Speed of what finds the wrong person is worth nothing. */
async function assertLinks(name: string, link: Link): Promise<void> {
  const identity = {
    verifier: 'legacy',
    issuer: 'legacy',
    kind: 'user',
    claims: {},
    organization: null,
    roles: [],
    permissions: [],
  } as const
  const found = await link({ ...identity, subject: 'subject-7' })
  const nobody = await link({ ...identity, subject: 'subject-0' })
  if (found === null || !('memberships' in found) || found.memberships?.length !== 3 || nobody !== null)
    throw new Error(`${name}: does not find the person`)
}
