import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accounts, installSchema, type AccountsOptions } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'
import { identity } from '../support/people.js'

const UUID = 'abcdef01-6d5c-4a0e-9d25-0b6a4f1d7a11'
const ISSUER = 'https://issuer.example.com'
const BY = { actor: 'grace', reason: 'ticket 12' }

// One person has one id: that of the row. Revocations, caches and links go by it.
describePostgres(
  'ids in hostile spellings',
  ({ query, run }) => {
    beforeAll(async () => {
      await installSchema(query)
      await run(`create extension if not exists citext;
        create domain user_code as char(12);
        create table by_uuid (id uuid primary key);
        create table by_char (id char(12) primary key, kind char(8) not null default 'person');
        create table by_domain (id user_code primary key);
        create table by_citext (id citext primary key);
        create table by_name (id name primary key);
        create table by_bigint (id bigint primary key, customer bigint, total numeric);
        insert into by_uuid values ('${UUID}');
        insert into by_char values ('u'), ('usr_1');
        insert into by_domain values ('u'), ('usr_1');
        insert into by_citext values ('Ada');
        insert into by_name values (repeat('x', 63));
        insert into by_bigint values (9007199254740993, 9007199254740995, 0.1)`)
    })
    beforeEach(() => run('truncate dualauth.identity_link, dualauth.conflict, dualauth.permission_grant'))
    const open = (table: string, users: Partial<AccountsOptions['users']> = {}) =>
      accounts(query, {
        users: { table, ...users },
        grants: true,
        verifiers: {
          legacy: { ownId: 'subject' },
          hook: { provision: ({ subject }) => Promise.resolve({ id: subject }) },
          insert: { provision: { columns: () => ({ kind: 'person' }) } },
        },
      })
    const who = async (table: string, subject: string) => {
      const account = await open(table).link(identity({ verifier: 'legacy', subject }))
      return account !== null && 'id' in account ? account.id : account
    }

    it.each([
      ['by_uuid', UUID.toUpperCase(), UUID],
      ['by_uuid', `{${UUID}}`, null],
      ['by_uuid', UUID.replaceAll('-', ''), null],
      ['by_uuid', ` ${UUID}`, null],
      ['by_char', 'usr_1', 'usr_1'],
      ['by_char', 'usr_1   ', 'usr_1'],
      ['by_char', 'usr_2', null],
      ['by_char', 'ux', null],
      ['by_char', "u' or true", null],
      ['by_domain', 'usr_1', 'usr_1'],
      ['by_domain', 'ux', null],
      ['by_citext', 'aDA', 'Ada'],
      ['by_name', 'x'.repeat(64), null],
      ['by_bigint', '9007199254740993', '9007199254740993'],
      ['by_bigint', '9007199254740992', null],
      ['by_bigint', '9.007199254740993e15', null],
      ['by_bigint', '09007199254740993', null],
      ['by_bigint', '+9007199254740993', null],
      ['by_bigint', '9223372036854775808', null],
      ['by_bigint', '１', null],
    ])('%s: %j is %j', async (table, subject, id) => {
      expect(await who(table, subject)).toBe(id)
    })

    it('finds nobody by another spelling of an id, since what is asked by it would count for nobody', async () => {
      expect(await open('by_uuid').find(UUID.toUpperCase())).toBeNull()
      expect(await open('by_char').find('usr_1 ')).toBeNull()
      expect(await open('by_citext').find('ADA')).toBeNull()
      expect(await open('by_char').find('usr_1')).toMatchObject({ id: 'usr_1' })
    })

    describe.each([
      ['by_uuid', UUID, UUID.toUpperCase()],
      ['by_char', 'usr_1', 'usr_1   '],
      ['by_citext', 'Ada', 'ADA'],
    ])('%s', (table, id, spelling) => {
      const people = open(table)
      const link = (subject: string, account: string) =>
        people.links.add({ verifier: 'workos', issuer: ISSUER, subject, account, ...BY })

      it('has one identity of an issuer and one list of them, however the id was spelled', async () => {
        expect(await link('user_01', spelling)).toEqual({ ok: true })
        expect(await link('user_01', id)).toEqual({ ok: true })
        expect(await link('user_02', id)).toEqual({ ok: false, why: 'account_taken' })
        expect(await people.links.list(id)).toMatchObject([{ account: id, subject: 'user_01' }])
        expect(await people.links.list(spelling)).toMatchObject([{ account: id, subject: 'user_01' }])
      })

      it('has one id in what a function provisions, and in a conflict that is resolved', async () => {
        expect(await people.link(identity({ verifier: 'hook', subject: spelling }))).toMatchObject({ id })
        expect(await people.links.list(id)).toMatchObject([{ account: id, how: 'provisioned' }])
        await people.link(
          identity({ verifier: 'hook', subject: `${spelling === 'ADA' ? 'aDa' : spelling}`, issuer: 'x' }),
        )
        expect(await people.links.list(id)).toHaveLength(2)
      })

      it('has the grants that were given to it', async () => {
        await people.grants.add({ account: spelling, permission: 'things:read', actor: 'grace' })
        expect(await people.find(id)).toMatchObject({ permissions: ['things:read'] })
        expect(await people.grants.list(spelling)).toEqual(['things:read'])
        expect(await people.grants.remove({ account: id, permission: 'things:read', actor: 'grace' })).toBe(true)
      })
    })

    it('writes whole values into columns of a fixed length', async () => {
      await open('by_char').ready()
      await run(`alter table by_char alter id set default 'usr_new'`)
      expect(await open('by_char').link(identity({ verifier: 'insert', subject: 'new' }))).toMatchObject({
        id: 'usr_new',
      })
      expect(await query(`select kind::text as kind from by_char where id = 'usr_new'`, [])).toEqual([
        { kind: 'person' },
      ])
    })

    it('carries numbers that JavaScript would round as text', async () => {
      const people = open('by_bigint', { fields: { customer: 'customer', total: 'total' } })
      expect(await people.find('9007199254740993')).toMatchObject({ customer: '9007199254740995', total: '0.1' })
    })

    it.each([
      [
        'links.add.actor',
        () =>
          open('by_uuid').links.add({
            verifier: 'v',
            issuer: 'i',
            subject: 's',
            account: UUID,
            actor: 'a\0',
            reason: 'r',
          }),
      ],
      [
        'links.end.reason',
        () => open('by_uuid').links.end({ verifier: 'v', issuer: 'i', subject: 's', actor: 'a', reason: 'r\0' }),
      ],
      ['links.list.account', () => open('by_uuid').links.list('a\0')],
      ['grants.list.account', () => open('by_uuid').grants.list('a\0')],
      ['grants.add.account', () => open('by_uuid').grants.add({ account: 'a', permission: 'x:y', actor: 'a' })],
      ['conflicts.list.kind', () => open('by_uuid').conflicts.list({ kind: '\ud800' })],
    ])('names what cannot be stored: %s', async (option, act) => {
      await expect(act()).rejects.toThrowError(new RegExp(`^${option.replaceAll('.', '\\.')}: `))
    })
  },
  ['pg'],
)
