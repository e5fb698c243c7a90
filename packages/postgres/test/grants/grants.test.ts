import { createDualAuth, legacyJwt } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { beforeAll, expect, it } from 'vitest'
import { accounts, installSchema, listAudit } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'

describeDatabases('grants', ({ query, run }) => {
  const people = accounts(query, {
    users: { table: 'users' },
    memberships: { table: 'members', user: 'user_id', organization: 'organization' },
    grants: true,
    verifiers: { legacy: { ownId: 'subject' } },
  })
  const legacy = createLegacyIssuer()
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [legacy.secret], purpose: 'only-access-tokens' }),
    ],
    link: people.link as never,
    organization: ({ header }) => header('x-organization'),
  })
  const may = async (permission: string, organization?: string): Promise<boolean> => {
    const headers = {
      authorization: `Bearer ${legacy.sign({ sub: '1' })}`,
      ...(organization === undefined ? {} : { 'x-organization': organization }),
    }
    const result = await auth.authenticate({ method: 'GET', headers })
    if (!result.ok) throw result.error
    return (await auth.authorize(result.principal, permission)).ok
  }

  beforeAll(async () => {
    await installSchema(query)
    await run(`create table users (id serial primary key); insert into users default values;
      create table members (user_id integer, organization text); insert into members values (1, 'acme'), (1, 'globex')`)
  })

  it('holds from the next request on, where it was given, and until it is taken back', async () => {
    expect(await may('things:read')).toBe(false)
    expect(await people.grants.add({ account: '1', permission: 'things:read', actor: 'grace' })).toBe(true)
    expect(await people.grants.add({ account: '1', permission: 'things:read', actor: 'grace' })).toBe(false)
    const inAcme = { account: '1', permission: 'billing:*', organization: 'acme', actor: 'grace' }
    await people.grants.add(inAcme)
    expect([await may('things:read'), await may('billing:pay', 'acme')]).toEqual([true, true])
    expect([await may('billing:pay', 'globex'), await may('billing:pay')]).toEqual([false, false])
    expect(await people.grants.list('1')).toEqual(['things:read', { permission: 'billing:*', organization: 'acme' }])
    expect(await people.grants.remove(inAcme)).toBe(true)
    expect(await people.grants.remove(inAcme)).toBe(false)
    expect(await may('billing:pay', 'acme')).toBe(false)
    expect((await listAudit(query)).map(({ event }) => event)).toEqual(['grant.removed', 'grant.added', 'grant.added'])
  })

  it.each(['things:*:read', 'a b', '', '*:*', 'x,y'])('refuses %j, which is no permission', async (permission) => {
    await expect(people.grants.add({ account: '1', permission, actor: 'grace' })).rejects.toThrowError(
      /^grants\.add\.permission/,
    )
  })
})
