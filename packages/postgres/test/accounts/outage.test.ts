import { createDualAuth, legacyJwt, type Query } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { beforeAll, expect, it } from 'vitest'
import { accounts, installSchema } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'

describePostgres(
  'accounts while the database is down',
  ({ query, run }) => {
    let down = false
    const unsteady: Query = (sql, params) =>
      down
        ? Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
        : query(sql, params)
    const legacy = createLegacyIssuer()
    const open = () => {
      const people = accounts(unsteady, { users: { table: 'users' }, verifiers: { legacy: { ownId: 'subject' } } })
      return createDualAuth({
        verifiers: [
          legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [legacy.secret], purpose: 'only-access-tokens' }),
        ],
        link: people.link,
        account: people.find,
        remember: { linkMaxAgeMs: 60_000 },
      })
    }
    const ask = async (auth: ReturnType<typeof open>, token: string) => {
      const result = await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${token}` } })
      return result.ok ? result.principal.id : result.error.code
    }

    beforeAll(async () => {
      await installSchema(query)
      await run(
        'create table users (id serial primary key); insert into users default values; insert into users default values',
      )
    })

    it('serves whom it remembers, answers 503 for the others, and says so when it is asked', async () => {
      const auth = open()
      const known = legacy.sign({ sub: '1' })
      expect(await ask(auth, known)).toBe('1')
      await auth.ready()
      down = true
      expect(await ask(auth, known)).toBe('1')
      expect(await ask(auth, legacy.sign({ sub: '2' }))).toBe('account_unavailable')
      await expect(auth.ready()).rejects.toMatchObject({ code: 'verifier_unavailable', status: 503 })
      await expect(auth.can({ user: '1' }, 'things:read')).rejects.toMatchObject({ code: 'account_unavailable' })
      down = false
      expect(await ask(auth, legacy.sign({ sub: '2' }))).toBe('2')
      await auth.ready()
    })

    it('starts while the database is down, and works once it is there', async () => {
      down = true
      const auth = open()
      expect(await ask(auth, legacy.sign({ sub: '1' }))).toBe('account_unavailable')
      down = false
      expect(await ask(auth, legacy.sign({ sub: '1' }))).toBe('1')
    })
  },
  ['pg'],
)
