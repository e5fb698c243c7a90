// People are imported into another system, of which nothing is known but what it answers; two processes' worth of work at once.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createImport, TargetError } from '@dualauth/import'

/** What `acts.mjs` lists. Longer than a lease, so that what the last process held is taken over. */
export const importAct = { work, check, prepare, lifeMs: 1_800 }

const PEOPLE = 4_000
const LEASE_MS = 1_000
const LINK = { verifier: 'other', issuer: 'urn:other' }

/** The other system: nothing there is unique, so that whoever is made twice is there twice. */
async function prepare({ query }) {
  await query(
    `create table if not exists other_people (id bigint generated always as identity primary key, external_id text)`,
    [],
  )
}

const source = {
  name: 'numbers',
  async *people() {
    for (let at = 0; at < PEOPLE; at++) yield { id: `p-${String(at).padStart(5, '0')}`, email: `p${at}@example.com` }
  },
}

/** @param loses Whether some answers are lost on their way, as those of a network are. */
function otherSystem(query, loses) {
  const lost = () => {
    if (loses && Math.random() < 0.02) throw new TargetError('unknown_outcome', { code: 'socket_closed' })
  }
  return {
    name: 'other',
    kinds: ['person'],
    batchSize: 1,
    uniqueAddresses: false,
    takesPassword: () => true,
    async find([{ id }]) {
      const rows = await query('select id::text from other_people where external_id = $1::text', [id])
      return [rows.length === 0 ? { outcome: 'absent' } : { outcome: 'found', id: rows[0].id }]
    },
    async create([{ id }]) {
      lost()
      const [row] = await query('insert into other_people (external_id) values ($1::text) returning id::text', [id])
      lost()
      return [{ outcome: 'created', id: row.id }]
    },
  }
}

function importOf(query, loses, options) {
  return createImport({
    query,
    source,
    target: otherSystem(query, loses),
    link: LINK,
    concurrency: 4,
    batchSize: 20,
    leaseMs: LEASE_MS,
    ...options,
  })
}

async function work({ query, report }) {
  const told = ({ id, outcome }) => outcome === 'created' && report({ id })
  report({ begun: true })
  const worker = async () => {
    for (;;) {
      await importOf(query, true, { report: told }).run()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await Promise.all([worker(), worker()])
}

async function check({ query, reports }) {
  const none = async (what, sql) => deepEqual(await query(sql, []), [], what)
  const [{ made }] = await query('select count(*)::text as made from other_people', [])
  // What the killed ones held is free when their leases end.
  await new Promise((resolve) => setTimeout(resolve, LEASE_MS))
  const { counts } = await importOf(query, false).run()
  equal(counts.person.created + counts.person.unchanged, PEOPLE, 'somebody is lost')
  const ids = new Set((await query('select external_id from other_people', [])).map((row) => row.external_id))
  equal(ids.size, PEOPLE, 'somebody is lost')
  await none('somebody is there twice', 'select external_id from other_people group by 1 having count(*) > 1')
  await none(
    'done and not linked, or the other way round',
    `select i.source_id from dualauth.import_item i
     full join dualauth.identity_link l on l.account_id = i.source_id and l.verifier = 'other' and l.ended_at is null
     where i.target = 'other' and (i.state <> 'done' or l.subject is distinct from i.target_id or i.created is not true)`,
  )
  for (const { id } of reports) if (id !== undefined) ok(ids.has(id), 'somebody who was reported is lost')
  const again = await importOf(query, false).run()
  deepEqual([again.counts.person.unchanged, again.counts.person.created], [PEOPLE, 0], 'a second run has made somebody')
  return `${PEOPLE} people, ${made} of them by processes that were killed, ${reports.length} reports`
}
