import { createDualAuth, legacyJwt, type AuthEvent, type LinkRefusal } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { inspect } from 'node:util'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { accounts, installSchema, type NewColumns } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { identity } from '../support/people.js'

describeDatabases('a new row that its table does not take', ({ query, run }) => {
  const open = (columns: NewColumns) =>
    accounts(query, {
      users: { table: 'demanding' },
      verifiers: { idp: { provision: { columns: () => columns } } },
    })

  beforeAll(async () => {
    await installSchema(query)
    await run(`create table demanding (id serial primary key, plan_name text not null, handle text unique,
      locale text not null default 'en', constraint locale_is_long check (length(locale) > 1))`)
  })
  beforeEach(() => run('truncate demanding, dualauth.identity_link, dualauth.conflict'))

  it.each<[string, NewColumns, RegExp, RegExp]>([
    ['that was left out', { locale: 'secret-en' }, /"demanding" .*; no value for plan_name$/, /23502.*plan_name/],
    ['that is null in spite of its default', { plan_name: 'secret-pro', locale: null }, /new row$/, /23502.*locale/],
    ['that breaks a rule', { plan_name: 'secret-pro', locale: 'x' }, /new row$/, /23514.*locale_is_long/],
    ['whose value is taken', { plan_name: 'secret-pro', handle: 'secret' }, /new row$/, /23505.*demanding_handle_key/],
  ])('names a column %s for operators, and no value', async (_, columns, outer, inner) => {
    await run(`insert into demanding (plan_name, handle) values ('secret-free', 'secret')`)
    const answer = (await open(columns).link(identity({ verifier: 'idp', subject: 'eve' }))) as LinkRefusal
    expect(answer).toMatchObject({ refuse: 'account_conflict', reason: 'account_incomplete' })
    const { message, cause } = answer.cause as Error
    expect(message).toMatch(outer)
    expect((cause as Error).message).toMatch(inner)
    expect(inspect(answer, { depth: 9, showHidden: true })).not.toContain('secret')
  })

  it('is named in the event of the refused request, and nowhere in the answer', async () => {
    const events: AuthEvent[] = []
    const issuer = createLegacyIssuer()
    const auth = createDualAuth({
      verifiers: [
        legacyJwt({ name: 'idp', algorithms: ['HS256'], secrets: [issuer.secret], purpose: 'only-access-tokens' }),
      ],
      link: open({}).link,
      onEvent: (event) => void events.push(event),
    })
    const headers = { authorization: `Bearer ${issuer.sign({ sub: 'eve' })}` }
    const result = await auth.authenticate({ method: 'GET', headers })
    if (result.ok) throw new Error('was let in')
    const refused = events.find((event) => event.type === 'refused')
    expect(refused).toMatchObject({ code: 'account_conflict', linkReason: 'account_incomplete' })
    expect(refused).toHaveProperty('cause.message', expect.stringMatching(/no value for plan_name$/))
    expect(JSON.stringify(auth.respond(result.error))).not.toContain('plan_name')
  })
})
