// People are imported into WorkOS, which answers some requests with 429 or 5xx, or not at all, before and after it did what was asked.
import { deepEqual, equal } from 'node:assert/strict'
import { createImport, workosTarget } from '@dualauth/import'
import { startFakeWorkos } from '@dualauth/testing'
import { directoryOf, finish, goOn, hashOf, LEASE_MS, PASSWORD } from './import-people.mjs'

/** What `acts.mjs` lists. */
export const importWorkosAct = { prepare, work, check, lifeMs: 1_800 }

const PEOPLE = 1_500
const FAILURES = [
  { mode: { status: 429, headers: { 'retry-after': '0' } } },
  { mode: 'status-500' },
  { mode: 'status-500', commits: true },
  { mode: { status: 503 }, commits: true },
  { mode: 'reset' },
  { mode: 'reset', commits: true },
  { mode: 'bad-json', commits: true },
]

/** It lives on while the processes die. */
async function prepare() {
  const fake = await startFakeWorkos()
  const failed = { before: 0, after: 0 }
  fake.management.fails = () => {
    if (Math.random() > 0.05) return null
    const failure = FAILURES[Math.floor(Math.random() * FAILURES.length)]
    failed[failure.commits === true ? 'after' : 'before']++
    return failure
  }
  const given = { apiKey: fake.apiKey, apiUrl: fake.origin, passwordHash: hashOf(PASSWORD) }
  return { given, fake, failed, close: () => fake.close() }
}

const importOf = ({ query, given: { apiKey, apiUrl, passwordHash } }, options) =>
  createImport({
    query,
    source: directoryOf(PEOPLE, passwordHash),
    target: workosTarget({ apiKey, apiUrl }),
    link: { verifier: 'workos', issuer: 'urn:workos' },
    concurrency: 4,
    batchSize: 20,
    leaseMs: LEASE_MS,
    rps: 1_000,
    ...options,
  })

async function work({ query, report, given }) {
  report({ begun: true })
  const told = ({ kind, id, outcome }) => outcome === 'created' && report({ kind, id })
  await goOn(() => importOf({ query, given }, { report: told }).run())
}

async function check({ query, reports, given, fake, failed }) {
  const made = (kind) => fake.directory.log.filter(({ event }) => event === `${kind}.created`).map(({ data }) => data)
  const killed = made('user').length
  const troubles = { ...failed }
  fake.management.fails = () => null
  await finish(() => importOf({ query, given }), PEOPLE)
  const before = fake.management.requests.length
  const again = await importOf({ query, given }).run()
  deepEqual(
    [again.counts.person.unchanged, fake.management.requests.length],
    [PEOPLE, before],
    'a second run has asked',
  )
  const users = made('user')
  equal(users.length, PEOPLE, 'somebody is lost, or there twice')
  const ids = new Set(users.map((user) => user.external_id))
  equal(ids.size, PEOPLE, 'somebody is lost')
  equal(made('organization').length, 20, 'an organization is lost, or there twice')
  const members = made('organization_membership').map((one) => `${one.user_id} ${one.organization_id}`)
  deepEqual([members.length, new Set(members).size], [PEOPLE / 2, PEOPLE / 2], 'a membership is lost, or there twice')
  for (const { kind, id } of reports)
    if (kind === 'person') equal(ids.has(id), true, 'somebody who was reported is lost')
  const [{ n }] = await query(
    `select count(*)::int as n from dualauth.import_item i
     join dualauth.identity_link l on l.account_id = i.source_id and l.subject = i.target_id and l.verifier = 'workos'
     where i.target = 'workos' and i.kind = 'person' and i.state = 'done'`,
    [],
  )
  equal(n, PEOPLE, 'done and not linked')
  return `${PEOPLE} people, ${killed} of them by processes that were killed, answers lost before ${troubles.before} and after ${troubles.after} commits, ${reports.length} reports`
}
