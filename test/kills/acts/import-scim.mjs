// People are imported by SCIM into directories that others have written, over a network that answers some requests with 429 or 5xx, or
// not at all, before and after it did what was asked.
import { deepEqual, equal } from 'node:assert/strict'
import { createImport, scimTarget } from '@dualauth/import'
import { directoryOf, finish, goOn, LEASE_MS } from './import-people.mjs'

const FAULTS = [
  { status: 429, headers: { 'retry-after': '0' } },
  { status: 500 },
  { status: 500, commits: true },
  { status: 503, commits: true },
  { mode: 'reset' },
  { mode: 'reset', commits: true },
  { mode: 'half', commits: true },
]

/** What `acts.mjs` lists. @param start By the pool of the tests; only they can read TypeScript. */
function scimAct(name, people, start) {
  const importOf = ({ query, given: { url, token } }, options) =>
    createImport({
      query,
      source: directoryOf(people, null),
      target: scimTarget({ baseUrl: url, token, name }),
      concurrency: 4,
      batchSize: 20,
      leaseMs: LEASE_MS,
      rps: 1_000,
      ...options,
    })

  return {
    lifeMs: 1_800,
    /** It lives on while the processes die. */
    async prepare({ pool }) {
      const { behindNetwork } = await import('../../../packages/import/test/support/scim/directory.ts')
      const directory = await behindNetwork(await start(pool))
      const failed = { before: 0, after: 0 }
      directory.fails = () => {
        if (Math.random() > 0.05) return null
        const fault = FAULTS[Math.floor(Math.random() * FAULTS.length)]
        failed[fault.commits === true ? 'after' : 'before']++
        return fault
      }
      const given = { url: directory.url, token: directory.token }
      return { given, directory, failed, close: () => directory.close() }
    },
    async work({ query, report, given }) {
      report({ begun: true })
      const told = ({ kind, id, outcome }) => outcome === 'created' && report({ kind, id })
      await goOn(() => importOf({ query, given }, { report: told }).run())
    },
    async check({ query, reports, given, directory, failed }) {
      const killed = (await directory.all('/Users')).length
      const troubles = { ...failed }
      directory.fails = () => null
      await finish(() => importOf({ query, given }), people)
      directory.requests.length = 0
      const again = await importOf({ query, given }).run()
      deepEqual([again.counts.person.unchanged, directory.requests.length], [people, 0], 'a second run has asked')
      const users = await directory.all('/Users')
      const ids = new Set(users.map(({ externalId }) => externalId))
      deepEqual([users.length, ids.size], [people, people], 'somebody is lost, or there twice')
      const groups = await directory.all('/Groups')
      deepEqual(
        [groups.length, new Set(groups.map(({ externalId }) => externalId)).size],
        [20, 20],
        'a group is lost, or there twice',
      )
      const members = []
      for (const { id } of groups) {
        const { body } = await directory.ask('GET', `/Groups/${id}`)
        members.push(...(body.members ?? []).map(({ value }) => `${value} ${id}`))
      }
      deepEqual([members.length, new Set(members).size], [people / 2, people / 2], 'a member is lost, or there twice')
      for (const { kind, id } of reports)
        if (kind === 'person') equal(ids.has(id), true, 'somebody who was reported is lost')
      return `${people} people, ${killed} of them by processes that were killed, answers lost before ${troubles.before} and after ${troubles.after} commits, ${reports.length} reports`
    },
  }
}

export const importScimmyAct = scimAct('scim:scimmy', 400, async () => {
  const { startScimmy } = await import('../../../packages/import/test/support/scim/scimmy-directory.ts')
  return startScimmy()
})

export const importScimBetterAuthAct = scimAct('scim:better-auth', 400, async (pool) => {
  const { startBetterAuthScim } = await import('../../../packages/import/test/support/scim/better-auth-directory.ts')
  return startBetterAuthScim(pool)
})
