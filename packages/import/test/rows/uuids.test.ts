import { accounts } from '@dualauth/postgres'
import { beforeEach, expect, it } from 'vitest'
import { createImport, type ImportOptions } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource } from '../support/list-source.js'
import { memoryTarget } from '../support/memory-target.js'

const ADA = '0aa8b0c5-3a3f-4b60-9d35-1a2b3c4d5e6f'
const ORG = 'cc8b0c5f-3a3f-4b60-9d35-1a2b3c4d5e6f'

describePostgres('ids in a column of type uuid', ({ query, rows }) => {
  beforeEach(async () => {
    await rows('drop table if exists users')
    await rows('create table users (id uuid primary key, email text)')
    await rows(`insert into users values ('${ADA}', 'ada@example.com')`)
  })
  const link = { verifier: 'new', issuer: 'https://new.example.com' }
  const people = accounts(query, {
    users: { table: 'users', email: 'email' },
    verifiers: { new: {} },
  })
  const moving = (spell: (id: string) => string, more: Partial<ImportOptions> = {}) =>
    createImport({
      query,
      source: listSource({
        people: [{ id: spell(ADA), email: 'ada@example.com', organization: spell(ORG) }],
        organizations: [{ id: spell(ORG), name: 'Acme' }],
        memberships: [{ person: spell(ADA), organization: spell(ORG) }],
        groups: [{ id: 'g', name: 'All', members: [spell(ADA)] }],
      }),
      target: target(),
      link,
      ids: 'uuid',
      ...more,
    })
  let store: ReturnType<typeof memoryTarget>
  beforeEach(() => void (store = memoryTarget()))
  const target = () => store
  const upper = (id: string) => id.toUpperCase()
  const same = (id: string) => id

  it('are one person, one organization and one link, however a source spells them', async () => {
    const first = await moving(upper).run()
    expect(first.counts).toMatchObject({
      person: { created: 1 },
      organization: { created: 1 },
      membership: { created: 1 },
      group: { created: 1 },
    })
    expect(await rows('select account_id from dualauth.identity_link')).toEqual([{ account_id: ADA }])
    for (const spelled of [ADA, upper(ADA)]) expect(await people.links.list(spelled)).toHaveLength(1)
    const second = await moving(same, { only: [upper(ADA)], organization: upper(ORG) }).run()
    expect(second.counts).toMatchObject({ person: { unchanged: 1, created: 0 }, membership: { unchanged: 1 } })
    expect(await rows('select account_id from dualauth.identity_link')).toHaveLength(1)
  })

  it('are texts without the option, of which another spelling is another id', async () => {
    await moving(upper, { ids: 'text' }).run()
    expect(await rows('select account_id from dualauth.identity_link')).toEqual([{ account_id: upper(ADA) }])
  })

  it('find the link that somebody else has made', async () => {
    await people.links.add({ ...link, subject: 'there-already', account: upper(ADA), actor: 'a', reason: 'b' })
    expect((await moving(upper).run()).counts.person).toMatchObject({ created: 0 })
    expect(await rows('select account_id, subject from dualauth.identity_link')).toEqual([
      { account_id: ADA, subject: 'there-already' },
    ])
  })
})
