import { apiKeys, createDualAuth, memoryApiKeys } from '@dualauth/core'
import { createDatabase, describeWith } from '@dualauth/servers'
import createKnex, { type Knex } from 'knex'
import { afterAll, beforeAll, expect, it } from 'vitest'

const PHONE = '+49 170 1234567'

describeWith('PostgreSQL', 'an app whose `link` asks through Knex', () => {
  let knex: Knex
  beforeAll(async () => {
    knex = createKnex({ client: 'pg', connection: await createDatabase() })
    await knex.schema.createTable('users', (table) => void table.text('phone').unique())
    await knex('users').insert({ phone: PHONE })
  })
  afterAll(() => knex.destroy())

  it.each<[string, (users: Knex) => PromiseLike<unknown>, RegExp]>([
    [
      'with a long list',
      (db) =>
        db('users')
          .where('phone', PHONE)
          .whereIn(
            'tenant',
            Array.from({ length: 400 }, (_, at) => at),
          ),
      /^… - column "tenant" does not exist$/,
    ],
    [
      'on several lines',
      (db) => db.raw('select *\nfrom users\nwhere phone = ?\nand fone = 1', [PHONE]),
      /^… - column "fone" does not exist$/,
    ],
    ['in brackets', (db) => db.raw('(select fone from users where phone = ?)', [PHONE]), /^… - column "fone"/],
    ['that is twice there', (db) => db('users').insert({ phone: PHONE }), /^the database refused \(23505\)$/],
    ['of another type', (db) => db.raw('select cast(? as text)::uuid', [PHONE]), /^the database refused \(22P02\)$/],
  ])('tells no value: %s', async (_, ask, words) => {
    const ready = async () => void (await ask(knex))
    const link = Object.assign(({ subject }: { subject: string }) => ({ id: subject }), { ready })
    const verifier = apiKeys({ name: 'keys', prefix: 'sk_', keys: memoryApiKeys() })
    const auth = createDualAuth({ verifiers: [verifier], link })
    const { checks } = await auth.health()
    expect(JSON.stringify(checks)).not.toMatch(/170|1234567/)
    expect(checks.find(({ name }) => name === 'link')?.problem).toMatch(words)
    await auth.close()
  })
})
