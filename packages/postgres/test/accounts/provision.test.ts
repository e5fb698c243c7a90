import { beforeAll, beforeEach, expect, it } from 'vitest'
import { accounts, installSchema, type Accounts, type Provision } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { identity, PEOPLE } from '../support/people.js'

const newcomer = identity({ verifier: 'idp', subject: 'bob' })

describeDatabases('accounts that the application makes itself', ({ query, run }) => {
  const open = (provision: Provision): Accounts =>
    accounts(query, { users: { table: 'users' }, verifiers: { idp: { provision } } })
  /** An insert that may be repeated, as a hook should be written. */
  const insert = async (id: string) =>
    query(`insert into users (id) values ($1::text::uuid) on conflict do nothing`, [id])
  const users = async () => (await query('select 1 from users', [])).length

  beforeAll(async () => {
    await installSchema(query)
    await run(PEOPLE)
  })
  beforeEach(() =>
    run('truncate users cascade; truncate dualauth.identity_link, dualauth.conflict, dualauth.provisioning'),
  )

  it('asks once, however many requests come at once to however many processes', async () => {
    let asked = 0
    const hook: Provision = async (_, { proposedId }) => {
      asked++
      await insert(proposedId)
      return { id: proposedId }
    }
    const processes = Array.from({ length: 5 }, () => open(hook))
    const made = await Promise.all(Array.from({ length: 50 }, (_, at) => processes[at % 5]!.link(newcomer)))
    expect(new Set(made.map((account) => account !== null && 'id' in account && account.id)).size).toBe(1)
    expect({ asked, users: await users() }).toEqual({ asked: 1, users: 1 })
    expect(await query('select 1 from dualauth.provisioning', [])).toEqual([])
  })

  it('gets the address that the provider says beside the claims, and one that the claims hold before it', async () => {
    const people = accounts(query, {
      users: { table: 'users', email: 'email', emailVerified: 'email_verified' },
      verifiers: { idp: { provision: 'create' }, named: { provision: 'create', email: 'mail' } },
    })
    const rows = (): Promise<unknown> => query('select email, email_verified from users order by email', [])
    const contact = { email: 'bob@example.com', isVerified: true }
    await people.link({ ...newcomer, contact })
    await people.link(identity({ verifier: 'idp', subject: 'eve', claims: { email: 'eve@example.com' }, contact }))
    expect(await rows()).toEqual([
      { email: 'bob@example.com', email_verified: true },
      { email: 'eve@example.com', email_verified: false },
    ])
    await people.link(
      identity({ verifier: 'named', subject: 'kim', contact: { ...contact, email: 'kim@example.com' } }),
    )
    expect(await rows()).not.toContainEqual(expect.objectContaining({ email: 'kim@example.com' }))
    const seen: unknown[] = []
    await open(async (given, { proposedId }) => {
      seen.push(given.contact)
      await insert(proposedId)
      return { id: proposedId }
    }).link(identity({ verifier: 'idp', subject: 'lou', contact }))
    expect(seen).toEqual([contact])
  })

  it('goes on with the same id where an attempt was killed in the middle', async () => {
    const ids: string[] = []
    const killed = open(async (_, { proposedId }) => {
      ids.push(proposedId)
      await insert(proposedId)
      // As if the process ended here: nothing after it is ever done.
      return new Promise(() => {})
    })
    void killed.link(newcomer)
    await expect.poll(() => ids.length).toBe(1)
    await run(`update dualauth.provisioning set claimed_until = now() - interval '1 second'`)
    const next = open(async (_, { proposedId }) => {
      ids.push(proposedId)
      await insert(proposedId)
      return { id: proposedId }
    })
    expect(await next.link(newcomer)).toMatchObject({ id: ids[0] })
    expect(ids[1]).toBe(ids[0])
    expect(await users()).toBe(1)
  })

  it('passes a refusal on, and asks again the next time', async () => {
    let asked = 0
    const people = open(async () => (asked++ === 0 ? { refuse: 'account_refused', reason: 'seats_used_up' } : null))
    expect(await people.link(newcomer)).toEqual({ refuse: 'account_refused', reason: 'seats_used_up' })
    expect(await people.link(newcomer)).toBeNull()
    expect(await people.conflicts.list()).toEqual([])
  })

  it('lists a conflict that the application reports', async () => {
    const people = open(async () => ({ refuse: 'account_conflict', reason: 'address_taken' }))
    expect(await people.link(newcomer)).toEqual({ refuse: 'account_conflict', reason: 'address_taken' })
    expect(await people.conflicts.count()).toEqual({ address_taken: 1 })
  })

  it('cannot tell where the application fails, and links nothing', async () => {
    const people = open(() => Promise.reject(new Error('mail server')))
    await expect(people.link(newcomer)).rejects.toThrowError('mail server')
    const nonsense = open(async () => ({ id: 42 }) as never)
    await expect(nonsense.link(newcomer)).rejects.toThrowError(TypeError)
    expect(await query('select 1 from dualauth.identity_link', [])).toEqual([])
  })

  it('is a conflict where it names an account that has another identity there', async () => {
    const taken = open(async (_, { proposedId }) => (await insert(proposedId), { id: proposedId }))
    const { id } = (await taken.link(newcomer)) as { id: string }
    const second = open(async () => ({ id }))
    expect(await second.link({ ...newcomer, subject: 'eve' })).toEqual({
      refuse: 'account_conflict',
      reason: 'account_linked',
    })
  })

  it('sends six statements, and one from then on', async () => {
    const sent: string[] = []
    const people = accounts(
      (sql, params) => {
        sent.push(sql)
        return query(sql, params)
      },
      {
        users: { table: 'users' },
        verifiers: { idp: { provision: (_, { proposedId }) => insert(proposedId).then(() => ({ id: proposedId })) } },
      },
    )
    await people.ready()
    for (const statements of [6, 1]) {
      sent.length = 0
      await people.link(newcomer)
      expect(sent).toHaveLength(statements)
    }
  })
})
