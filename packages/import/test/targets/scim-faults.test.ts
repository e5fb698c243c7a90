import { expect, it } from 'vitest'
import { createImport, scimTarget } from '../../src/index.js'
import { lifeOf, type Life } from '../support/life.js'
import { listSource, somePeople } from '../support/list-source.js'
import { quickClock } from '../support/quick-clock.js'
import { randomOf } from '../support/random.js'
import { describeDirectory } from '../support/scim/describe-directory.js'
import type { Fault } from '../support/scim/directory.js'

const FAULTS: readonly Fault[] = [
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 429 },
  { status: 500 },
  { status: 500, commits: true },
  { status: 503, headers: { 'retry-after': '2' } },
  { status: 503, commits: true },
  { mode: 'reset' },
  { mode: 'reset', commits: true },
  { mode: 'half', commits: true },
]
const PEOPLE = somePeople(40)
const ORGANIZATIONS = [
  { id: '1', name: 'Acme' },
  { id: '2', name: 'Globex' },
]
const MEMBERSHIPS = PEOPLE.slice(0, 16).map(({ id }, at) => ({ person: id, organization: at % 2 === 0 ? '1' : '2' }))
const GROUPS = [
  { id: 'all', name: 'All', members: PEOPLE.map(({ id }) => id) },
  { id: 'some', name: 'Some', members: PEOPLE.slice(0, 10).map(({ id }) => id) },
]
const EVERY_GROUP = ['all', 'organization:1', 'organization:2', 'some']

describeDirectory('an import by SCIM over a network that fails, by processes that are killed', (given) => {
  const { query, directory } = given

  /** A process; the leases of those before it are over. */
  async function lived(life: Life): Promise<boolean> {
    await query('update dualauth.import_item set lease_until = now() where lease_until is not null', [])
    const { url, token } = directory()
    const one = createImport({
      query: life.query(query),
      source: listSource({ people: PEOPLE, organizations: ORGANIZATIONS, memberships: MEMBERSHIPS, groups: GROUPS }),
      target: life.target(scimTarget({ baseUrl: url, token, name: 'scim:test' })),
      clock: quickClock(100),
      retryFailed: true,
    })
    try {
      await one.run()
      return true
    } catch (error) {
      if (life.isOver) return false
      throw error
    }
  }

  const membersOf = async (externalId: string): Promise<readonly string[]> => {
    const users = new Map((await directory().all('/Users')).map(({ id, externalId: own }) => [id, String(own)]))
    const { id } = (await directory().all('/Groups')).find((one) => one['externalId'] === externalId)!
    const { body } = await directory().ask('GET', `/Groups/${id}`)
    return ((body['members'] ?? []) as { value: string }[]).map(({ value }) => users.get(value)!).toSorted()
  }

  it('makes no group again of which it cannot see at once that it is there', async () => {
    let isMade = false
    directory().fails = ({ method, path }) => {
      if (isMade && method === 'GET') return ((isMade = false), { status: 503 })
      isMade = method === 'POST' && path === '/Groups'
      return null
    }
    expect(await lived(lifeOf(Infinity))).toBe(true)
    expect((await directory().all('/Groups')).map(({ externalId }) => String(externalId)).toSorted()).toEqual(
      EVERY_GROUP,
    )
  })

  it('loses nobody, makes nobody twice, and writes nothing the second time', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
    const random = randomOf(seed)
    const said = `SEED=${seed}`
    directory().fails = () => (random() < 0.06 ? FAULTS[Math.floor(random() * FAULTS.length)]! : null)
    for (let kills = 0; kills < 4; kills++) await lived(lifeOf(10 + Math.floor(random() * 150)))
    await lived(lifeOf(Infinity))
    directory().fails = () => null
    expect(await lived(lifeOf(Infinity)), said).toBe(true)

    const idsOf = async (path: string) =>
      (await directory().all(path)).map(({ externalId }) => String(externalId)).toSorted()
    expect(await idsOf('/Users'), said).toEqual(PEOPLE.map(({ id }) => String(id)).toSorted())
    expect(await idsOf('/Groups'), said).toEqual(EVERY_GROUP)
    expect(await membersOf('all'), said).toEqual(PEOPLE.map(({ id }) => String(id)).toSorted())
    for (const { id } of ORGANIZATIONS)
      expect(await membersOf(`organization:${id}`), said).toEqual(
        MEMBERSHIPS.filter(({ organization }) => organization === id)
          .map(({ person }) => String(person))
          .toSorted(),
      )
    directory().requests.length = 0
    await lived(lifeOf(Infinity))
    expect(directory().requests, said).toEqual([])
  })
})
