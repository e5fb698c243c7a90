import { beforeAll, beforeEach, expect, it } from 'vitest'
import { accounts, installSchema, type Accounts, type Provision, type VerifierRule } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'
import { identity } from '../support/people.js'

const INCOMPLETE = { refuse: 'account_conflict', reason: 'account_incomplete' }
const BY = { actor: 'grace', reason: 'ticket 12' }
const KEY = { verifier: 'idp', issuer: 'https://issuer.example.com', subject: 'eve' }

describePostgres(
  'first sights under attack',
  ({ query, run }) => {
    const open = (rule: VerifierRule, table = 'users'): Accounts =>
      accounts(query, {
        users: { table, email: 'email', emailVerified: 'verified' },
        verifiers: { idp: rule },
      })
    const arrive = (claims: object = {}, subject = 'eve') => identity({ ...KEY, subject, claims })
    const rows = async (from: string) => (await query(`select 1 from ${from}`, [])).length

    beforeAll(async () => {
      await installSchema(query)
      await run(`create table users (id serial primary key, email varchar(60) unique, verified boolean, handle text unique, note text not null default '');
        create table strict (id serial primary key, email text not null unique, verified boolean);
        create table triggered (id text primary key, email text, verified boolean);
        create function other_id() returns trigger language plpgsql as $$ begin new.id := 'trg_' || gen_random_uuid(); return new; end $$;
        create trigger other_id before insert on triggered for each row execute function other_id();`)
    })
    beforeEach(() =>
      run(`truncate users, strict, triggered restart identity; truncate dualauth.identity_link, dualauth.conflict, dualauth.provisioning;
        insert into users (email, handle) values ('ada@example.com', 'ada'); insert into strict (email) values ('ada@example.com')`),
    )

    it.each(['ADA@example.com', 'Ada@Example.COM', ' ada@example.com', 'ada@example.com\t', 'ada@example.com '])(
      'makes no second account of the address %j',
      async (email) => {
        expect(await open({ provision: 'create' }).link(arrive({ email, email_verified: true }))).toEqual({
          refuse: 'account_conflict',
          reason: 'address_taken',
        })
        expect(await rows('users')).toBe(1)
      },
    )

    it.each([
      ['a NUL', { email: 'eve\0@example.com' }],
      ['half a character', { email: '\ud800@example.com' }],
      ['an address that is too long', { email: `${'x'.repeat(100)}@example.com` }],
      ['a megabyte', { email: 'x'.repeat(1_000_000) }],
      ['an object', { email: { $ne: null } }],
      ['none', {}],
    ])('is no outage and no half account: %s', async (_, claims) => {
      const people = open({ provision: 'create' }, 'strict')
      const answer = await people.link(arrive(claims))
      if (answer !== null && 'refuse' in answer) {
        expect(answer).toMatchObject(INCOMPLETE)
        expect(await rows('dualauth.identity_link')).toBe(0)
      }
      expect(await rows('strict')).toBe(1 + (await rows('dualauth.identity_link')))
    })

    it('is a conflict where a column that must be unique is taken, or has a form of its own', async () => {
      const handle = open({ provision: { columns: () => ({ handle: 'ada' }) } })
      expect(await handle.link(arrive())).toMatchObject(INCOMPLETE)
      const nul = open({ provision: { columns: () => ({ handle: 'a\0b' }) } })
      expect(await nul.link(arrive({}, 'mallory'))).toMatchObject(INCOMPLETE)
      expect(await rows('dualauth.identity_link')).toBe(0)
    })

    it('stays a conflict where somebody separate cannot be without an address', async () => {
      const people = open({ provision: 'create' }, 'strict')
      const eve = arrive({ email: 'ada@example.com' })
      await people.link(eve)
      const [conflict] = await people.conflicts.list()
      await people.conflicts.resolve(conflict!.id, { resolution: 'separate', ...BY })
      expect(await people.link(eve)).toMatchObject(INCOMPLETE)
    })

    it('makes somebody separate where the provider names an account that is not here', async () => {
      const people = open({ ownId: { claim: 'external_id' }, provision: 'create' })
      const lost = arrive({ external_id: '77' })
      expect(await people.link(lost)).toMatchObject({ reason: 'account_unknown' })
      const [conflict] = await people.conflicts.list()
      await people.conflicts.resolve(conflict!.id, { resolution: 'separate', ...BY })
      expect(await people.link(lost)).toMatchObject({ active: true })
    })

    it('makes no half account where a trigger chooses another id', async () => {
      await expect(
        open({ provision: 'create' }, 'triggered').link(arrive({ email: 'eve@example.com' })),
      ).rejects.toThrowError()
      expect([await rows('triggered'), await rows('dualauth.identity_link')]).toEqual([0, 0])
    })

    it('writes nothing for what was refused within the last minute', async () => {
      const people = open({ provision: 'create' })
      const eve = arrive({ email: 'ada@example.com' })
      await people.link(eve)
      const written = async () =>
        (
          await query(
            `select sum(n_tup_ins + n_tup_upd)::text as n, sum(n_dead_tup)::text as dead, (select last_value::text from users_id_seq) as seq,
          (select xmin::text || xmax::text from dualauth.conflict) as tx from pg_stat_user_tables`,
            [],
          )
        )[0]!
      const before = await written()
      for (let at = 0; at < 20; at++) await people.link(eve)
      const after = await written()
      expect({ seq: after['seq'], tx: after['tx'] }).toEqual({ seq: before['seq'], tx: before['tx'] })
    })

    it('asks for the account that somebody will decide about, whatever it claims later', async () => {
      await run(`insert into users (email) values ('root@example.com')`)
      const people = open({ provision: 'create' })
      await people.link(arrive({ email: 'ada@example.com' }))
      await run(`update dualauth.conflict set last_seen = now() - interval '1 hour'`)
      await people.link(arrive({ email: 'root@example.com' }))
      const [conflict] = await people.conflicts.list()
      expect(conflict).toMatchObject({ account: '1', seen: 2 })
      await people.conflicts.resolve(conflict!.id, { resolution: 'link', ...BY })
      expect(await people.link(arrive({ email: 'root@example.com' }))).toMatchObject({ id: '1' })
    })

    it('keeps no address that nobody verified where no column could say so', async () => {
      const people = accounts(query, {
        users: { table: 'users', email: 'email' },
        verifiers: { idp: { provision: 'create' } },
      })
      await people.link(arrive({ email: 'boss@example.com' }))
      await people.link(arrive({ email: 'eve@example.com', email_verified: 'true' }, 'eve2'))
      await people.link(arrive({ email: 'real@example.com', email_verified: true }, 'real'))
      expect(await query('select email from users where id > 1 order by id', [])).toEqual([
        { email: null },
        { email: null },
        { email: 'real@example.com' },
      ])
    })

    it('proposes the same id again after a function that failed half-way', async () => {
      const proposed: string[] = []
      const failing: Provision = (_, { proposedId }) => {
        proposed.push(proposedId)
        return Promise.reject(new Error('the row is in, and the mail server is down'))
      }
      for (const people of [open({ provision: failing }), open({ provision: failing })])
        await expect(people.link(arrive())).rejects.toThrowError('mail server')
      expect(proposed[1]).toBe(proposed[0])
      const done = open({ provision: (_, { proposedId }) => (proposed.push(proposedId), Promise.resolve({ id: '1' })) })
      expect(await done.link(arrive())).toMatchObject({ id: '1' })
      expect(proposed[2]).toBe(proposed[0])
      expect(await rows('dualauth.provisioning')).toBe(0)
    })

    it('asks little of the database while many wait for one person', async () => {
      let finish = (): void => {}
      const slow = new Promise<void>((resolve) => (finish = resolve))
      let sent = 0
      const people = accounts(
        (sql, params) => {
          sent++
          return query(sql, params)
        },
        { users: { table: 'users' }, verifiers: { idp: { provision: () => slow.then(() => ({ id: '1' })) } } },
      )
      const waiting = Array.from({ length: 200 }, () => people.link(arrive()))
      await expect.poll(() => sent).toBeGreaterThan(200)
      const before = sent
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(sent - before).toBeLessThan(20)
      finish()
      expect(
        new Set((await Promise.all(waiting)).map((account) => account !== null && 'id' in account && account.id)),
      ).toEqual(new Set(['1']))
    })

    it('says the same to everybody who adds one link at once', async () => {
      const { links } = open({})
      for (let round = 0; round < 10; round++) {
        const add = (account: string) =>
          links.add({ ...KEY, subject: `s${round}`, issuer: `i${round}`, account, reopen: true, ...BY })
        expect(await Promise.all(Array.from({ length: 8 }, () => add('1')))).toEqual(
          Array.from({ length: 8 }, () => ({ ok: true })),
        )
        const rivals = await Promise.all(
          ['2', '3', '4'].map((account) => links.add({ ...KEY, subject: `t${round}`, account, ...BY })),
        )
        expect(rivals.filter(({ ok }) => !ok)).toEqual([
          { ok: false, why: 'identity_taken' },
          { ok: false, why: 'identity_taken' },
        ])
        await links.end({ ...KEY, subject: `t${round}`, ...BY })
      }
    })

    it('opens two ended links for one account at once without an error, and only one of them', async () => {
      const { links } = open({})
      for (const subject of ['a', 'b']) {
        await links.add({ ...KEY, subject, account: '1', ...BY })
        await links.end({ ...KEY, subject, ...BY })
      }
      for (let round = 0; round < 10; round++) {
        const both = await Promise.all(
          ['a', 'b'].map((subject) => links.add({ ...KEY, subject, account: '1', reopen: true, ...BY })),
        )
        expect(both.map((one) => (one.ok ? 'ok' : one.why)).sort()).toEqual(['account_taken', 'ok'])
        for (const subject of ['a', 'b']) await links.end({ ...KEY, subject, ...BY })
      }
    })

    it('lets nobody in after a link was ended, whoever makes links at the same time', async () => {
      const rule: VerifierRule = { ownId: { claim: 'external_id' }, provision: 'create' }
      for (let round = 0; round < 15; round++) {
        const people = open(rule)
        const eve = arrive({ external_id: '1' }, `r${round}`)
        const key = { ...KEY, subject: `r${round}` }
        await Promise.all([
          ...Array.from({ length: 6 }, () => people.link(eve)),
          (async () => {
            while (!(await people.links.end({ ...key, ...BY })));
            const after = await Promise.all([
              ...Array.from({ length: 6 }, () => people.link(eve)),
              people.links.add({ ...key, account: '1', ...BY }).then(({ ok }) => (ok ? 'linked' : null)),
            ])
            expect(new Set(after)).toEqual(new Set([null]))
          })(),
        ])
      }
    })
  },
  ['pg'],
)
