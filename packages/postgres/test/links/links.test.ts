import { beforeAll, beforeEach, expect, it } from 'vitest'
import { accounts, installSchema, listAudit, type AddLink } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { identity } from '../support/people.js'

const KEY = { verifier: 'workos', issuer: 'https://issuer.example.com', subject: 'user_01' }
const BY = { actor: 'grace', reason: 'ticket 12' }

describeDatabases('links and conflicts', ({ query, run }) => {
  const people = accounts(query, {
    users: { table: 'users', email: 'email' },
    verifiers: { workos: {}, idp: { provision: 'create' } },
  })
  const { links, conflicts } = people
  const add = (parts: Partial<AddLink> = {}) => links.add({ ...KEY, ...BY, account: '1', ...parts })

  beforeAll(async () => {
    await installSchema(query)
    await run(`create table users (id serial primary key, email text unique);
      insert into users (email) values ('ada@example.com'), ('bob@example.com')`)
  })
  beforeEach(() => run('truncate dualauth.identity_link, dualauth.conflict, dualauth.audit'))

  it('adds a link, once', async () => {
    expect(await add()).toEqual({ ok: true })
    expect(await add()).toEqual({ ok: true })
    expect(await people.link(identity(KEY))).toMatchObject({ id: '1' })
    expect(await listAudit(query)).toMatchObject([{ event: 'link.added', subject: '1', ...BY }])
  })

  it('finds the account of an identity, while its link holds', async () => {
    await add()
    expect(await links.find(KEY)).toBe('1')
    for (const other of [{ subject: 'user_02' }, { issuer: 'https://x' }, { verifier: 'idp' }])
      expect(await links.find({ ...KEY, ...other })).toBeNull()
    await links.end({ ...KEY, ...BY })
    expect(await links.find(KEY)).toBeNull()
    await expect(links.find({ ...KEY, subject: 'a\0b' })).rejects.toThrowError(/^links\.find\.subject: /)
  })

  it('finds the account of a subject without its issuer, unless two issuers have it', async () => {
    const { issuer: _, ...subject } = KEY
    expect(await links.find(subject)).toBeNull()
    await add()
    for (const issuer of ['https://a', 'https://z']) await add({ issuer, subject: 'user_09' })
    expect(await links.find(subject)).toBe('1')
    expect(await links.find({ ...subject, subject: 'user_09' })).toBe('1')
    expect(await links.find({ ...subject, verifier: 'idp' })).toBeNull()
    await add({ issuer: 'https://b', account: '2' })
    await expect(links.find(subject)).rejects.toThrowError(/^links\.find\.issuer: must say/)
    expect(await links.find(KEY)).toBe('1')
    await links.end({ ...KEY, ...BY })
    expect(await links.find(subject)).toBe('2')
    await expect(links.find({ ...subject, issuer: '' })).rejects.toThrowError(/^links\.find\.issuer: /)
  })

  it('gives no subject to two accounts, and no account two subjects of an issuer', async () => {
    await add()
    expect(await add({ account: '2' })).toEqual({ ok: false, why: 'identity_taken' })
    expect(await add({ subject: 'user_02' })).toEqual({ ok: false, why: 'account_taken' })
    expect(await add({ verifier: 'idp' })).toEqual({ ok: true })
    const both = await Promise.all(
      ['1', '2'].map((account) => add({ subject: 'user_03', account, issuer: 'https://x' })),
    )
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('links a subject again only where somebody says so', async () => {
    await add()
    await links.end({ ...KEY, ...BY })
    expect(await add({ account: '2' })).toEqual({ ok: false, why: 'identity_ended' })
    expect(await add({ account: '2', reopen: true })).toEqual({ ok: true })
    expect(await people.link(identity(KEY))).toMatchObject({ id: '2' })
    expect((await listAudit(query)).map(({ event }) => event)).toEqual(['link.added', 'link.ended', 'link.added'])
  })

  it.each<[Partial<AddLink>, RegExp]>([
    [{ account: 'x' }, /^links\.add\.account: /],
    [{ account: '99999999999999999999' }, /^links\.add\.account: /],
    [{ subject: '' }, /^links\.add\.subject: /],
    [{ subject: 'x'.repeat(1_000_000) }, /^links\.add\.subject: /],
    [{ issuer: 'a\0b' }, /^links\.add\.issuer: /],
    [{ reason: '' }, /^links\.add\.reason: /],
  ])('names what it cannot store: %#', async (parts, message) => {
    await expect(add(parts)).rejects.toThrowError(message)
  })

  describeConflicts()

  function describeConflicts(): void {
    const taken = identity({ verifier: 'idp', subject: 'other-ada', claims: { email: 'ada@example.com' } })
    const openOne = async () => {
      await people.link(taken)
      return (await conflicts.list())[0]!
    }

    it('resolves a conflict by linking, with a reason that stays', async () => {
      const { id, account } = await openOne()
      expect(account).toBe('1')
      expect(await conflicts.resolve(id, { resolution: 'link', ...BY })).toEqual({ ok: true })
      expect(await people.link(taken)).toMatchObject({ id: '1' })
      expect(await conflicts.resolve(id, { resolution: 'ignore', ...BY })).toEqual({ ok: false, why: 'not_open' })
      expect(await conflicts.count()).toEqual({})
      expect(await listAudit(query)).toMatchObject([
        {
          event: 'conflict.resolved',
          subject: '1',
          actor: 'grace',
          data: { kind: 'address_taken', resolution: 'link' },
        },
      ])
    })

    it('does not link what was linked meanwhile', async () => {
      const { id } = await openOne()
      await add({ verifier: 'idp', subject: 'ada', account: '1' })
      expect(await conflicts.resolve(id, { resolution: 'link', ...BY })).toEqual({ ok: false, why: 'taken' })
      expect(await conflicts.count()).toEqual({ address_taken: 1 })
    })

    it('ignores one for good', async () => {
      const { id } = await openOne()
      await conflicts.resolve(id, { resolution: 'ignore', ...BY })
      expect(await people.link(taken)).toEqual({ refuse: 'account_conflict', reason: 'address_taken' })
      expect(await conflicts.list()).toEqual([])
    })

    it('resolves once, however many decide at once', async () => {
      const { id } = await openOne()
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => conflicts.resolve(id, { resolution: 'link', ...BY })),
      )
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    })

    it('lists them by page', async () => {
      // So many that their ids get another digit.
      for (const subject of 'abcdefghijk') await people.link({ ...taken, subject })
      expect((await conflicts.list()).map(({ subject }) => subject).join('')).toBe('abcdefghijk')
      const first = await conflicts.list({ limit: 2 })
      expect(first.map(({ subject }) => subject)).toEqual(['a', 'b'])
      expect((await conflicts.list({ limit: 1, after: first[1]!.id })).map(({ subject }) => subject)).toEqual(['c'])
      expect(await conflicts.list({ kind: 'account_linked' })).toEqual([])
      await expect(conflicts.list({ after: "1' or true" })).rejects.toThrowError(/^conflicts\.list\.after: /)
    })
  }
})
