import { inspect } from 'node:util'
import { createDualAuth, legacyJwt, type AuthEvent, type DualAuth, type Query } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accounts, installSchema, type AccountsOptions } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'

describePostgres(
  'a database that refuses',
  ({ query, run }) => {
    const legacy = createLegacyIssuer()
    let events: AuthEvent[] = []
    const open = (
      asked: Query,
      verifiers: NonNullable<AccountsOptions['verifiers']>,
      more: Partial<AccountsOptions> = {},
    ): DualAuth => {
      const people = accounts(asked, {
        users: { table: 'users', active: 'is_active', email: 'email', emailVerified: 'verified' },
        verifiers,
        ...more,
      })
      return createDualAuth({
        verifiers: [
          legacyJwt({ name: 'idp', algorithms: ['HS256'], secrets: [legacy.secret], purpose: 'only-access-tokens' }),
        ],
        link: people.link,
        onEvent: (event) => events.push(event),
      })
    }
    const ask = async (auth: DualAuth, claims: Record<string, unknown>) => {
      const result = await auth.authenticate({
        method: 'GET',
        headers: { authorization: `Bearer ${legacy.sign(claims)}` },
      })
      return result.ok ? result.principal.id : result.error
    }
    beforeAll(async () => {
      await installSchema(query)
      await run(`create table users (id serial primary key, email text unique, verified boolean, is_active boolean not null default true);
        create table grants (user_id int, permission text)`)
    })
    beforeEach(async () => {
      events = []
      await run(
        `truncate users restart identity; truncate dualauth.identity_link, dualauth.conflict; insert into users (email) values ('ada@example.com')`,
      )
    })

    it('is an outage and no refusal once a column is dropped, and over once it is back under another type', async () => {
      const auth = open(query, { idp: { ownId: 'subject' } })
      expect(await ask(auth, { sub: '1' })).toBe('1')
      await run('alter table users rename is_active to was_active')
      expect(await ask(auth, { sub: '1' })).toMatchObject({ code: 'account_unavailable', status: 503 })
      await run('alter table users rename was_active to is_active')
      expect(await ask(auth, { sub: '1' })).toBe('1')
      // A migration that makes ids larger, while processes run that read the catalog before it.
      await run(`alter table users alter id type text; update users set id = 'usr_1'`)
      expect(await ask(auth, { sub: 'usr_1' })).toMatchObject({ status: 503 })
      expect(await ask(auth, { sub: 'usr_1' })).toBe('usr_1')
      await run(
        'drop table users; create table users (id serial primary key, email text unique, verified boolean, is_active boolean not null default true)',
      )
    })

    describe('says nothing of a person', () => {
      const SECRET = 'secret-0815@example.com'
      const wrapped: Query = (sql, params) =>
        Promise.resolve(query(sql, params)).catch((cause: unknown) => {
          throw new Error(`Failed query: ${sql}\nparams: ${params.join(',')}`, { cause })
        })
      it.each([
        ['the driver', query],
        ['a wrapper that prints parameters', wrapped],
        [
          'a wrapper without a code',
          (async (sql, params) => {
            if (/insert/.test(sql)) throw new Error(`Failed query: params: ${params.join(',')}`)
            return query(sql, params)
          }) as Query,
        ],
      ])('through %s', async (_, asked) => {
        await run(
          `alter table users add constraint odd check (email not like 'secret%'), add column must int not null default 1`,
        )
        const auth = open(asked, {
          idp: {
            provision: {
              columns: ({ claims }) => ({
                email: (claims as { email: string }).email,
                must: (claims as { must: string }).must,
              }),
            },
          },
        })
        const errors: unknown[] = []
        for (const must of ['1', SECRET, '99999999999'])
          errors.push(await ask(auth, { sub: SECRET, email: SECRET, must }))
        await run(`create function no() returns trigger language plpgsql as $$ begin raise exception 'no % here', new.email; end $$;
          create trigger no before insert on users for each row execute function no()`)
        errors.push(
          await ask(auth, { sub: SECRET, email: 'x', must: '1' }),
          await ask(auth, { sub: 's2', email: SECRET, must: '1' }),
        )
        await run('drop trigger no on users; drop function no; alter table users drop constraint odd, drop column must')
        for (const error of errors)
          expect(error).toMatchObject({
            status: expect.toSatisfy((status) => status === 403 || status === 503) as number,
          })
        expect(
          inspect([errors.map((error) => [error, (error as Error).cause]), events], { depth: 9, showHidden: false }),
        ).not.toContain('secret-0815')
      })
    })

    it('asks again where two were isolated from each other, and not for ever', async () => {
      let refused = 0
      const isolated = (times: number): Query => {
        let left = times
        return (sql, params) =>
          left-- > 0
            ? (refused++, Promise.reject(Object.assign(new Error('could not serialize access'), { code: '40001' })))
            : query(sql, params)
      }
      expect(await ask(open(isolated(2), { idp: { ownId: 'subject' } }), { sub: '1' })).toBe('1')
      refused = 0
      const never = open(isolated(1000), { idp: { ownId: 'subject' } })
      expect(await ask(never, { sub: '1' })).toMatchObject({ code: 'account_unavailable' })
      expect(refused).toBeLessThan(10)
    })

    it('tells at the start that a table may not be read, though the catalog lists it', async () => {
      const restricted: Query = (sql, params) =>
        /from "users"/.test(sql)
          ? Promise.reject(Object.assign(new Error('permission denied for table users'), { code: '42501' }))
          : query(sql, params)
      const auth = open(restricted, { idp: { ownId: 'subject' } })
      await expect(auth.ready()).rejects.toThrowError('permission denied for table users')
      expect(await ask(auth, { sub: '1' })).toMatchObject({ code: 'account_unavailable', status: 503 })
    })
  },
  ['pg'],
)
