import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src/index.js'
import { createMove, oldToken, type Move, type MoveOptions } from '../../support/migration.js'
import { bearer } from '../../support/requests.js'
import { found, results } from '../../support/shadow.js'

interface Sides extends MoveOptions {
  readonly there?: () => Account | null | Promise<Account | null>
}

function move({ there = () => ({ id: 'ada' }), ...options }: Sides = {}): Move & { readonly lookUps: string[] } {
  const lookUps: string[] = []
  const directory = ({ id }: { readonly id: string }) => {
    lookUps.push(id)
    return there()
  }
  const one = createMove({
    stage: 'shadow',
    accounts: { ada: { roles: ['editor'], organization: 'acme' } },
    access: { roles: { editor: ['things:*'], reader: ['things:read'], owner: ['*'] } },
    shadow: { directory },
    ...options,
  })
  return { ...one, lookUps }
}

const ada = () => bearer(oldToken('ada'))

describe('what the directory of the new side says of a person', () => {
  it.each<[string, Account | null, readonly string[]]>([
    ['the id alone', { id: 'ada' }, []],
    ['the same roles', { id: 'ada', organization: 'acme', roles: ['editor'] }, []],
    ['a membership of several', { id: 'ada', memberships: ['beta', 'acme'] }, []],
    ['nobody', null, ['directory missing']],
    ['a deactivated account', { id: 'ada', active: false }, ['directory deactivated']],
    ['another account', { id: 'bob' }, ['directory different_user!']],
    ['another organization', { id: 'ada', organization: 'beta' }, ['directory different_organization!']],
    ['no membership', { id: 'ada', memberships: [] }, ['directory different_organization!']],
    ['more', { id: 'ada', roles: ['owner'] }, ['directory privilege_gain! *']],
    ['less', { id: 'ada', roles: ['reader'] }, ['directory privilege_loss things:*']],
    [
      'roles of that organization',
      { id: 'ada', memberships: [{ organization: 'acme', roles: ['reader'] }] },
      ['directory privilege_loss things:*'],
    ],
  ])('%s', async (_, there, differences) => {
    const one = move({ there: () => there })
    await one.auth.authenticate(ada())
    expect(await found(one)).toEqual(differences)
    expect(await results(one)).toEqual([`directory ${differences.length === 0 ? 'same' : 'different'}`])
  })

  it.each<[string, () => Account | Promise<Account>]>([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['returns no account', () => ({ id: 7 }) as never],
    ['returns roles that are none', () => ({ id: 'ada', roles: null }) as never],
  ])('is unknown where the function %s', async (_, there) => {
    const one = move({ there })
    expect(await one.auth.authenticate(ada())).toMatchObject({ ok: true })
    expect(await found(one)).toEqual(['directory new_error'])
  })

  it('is asked once in a while for each person and organization', async () => {
    const one = move()
    for (let i = 0; i < 3; i++) await one.auth.authenticate(ada())
    await one.auth.flush()
    expect(one.lookUps).toEqual(['ada'])
    one.clock.advance(3_600_000)
    await one.auth.authenticate(bearer(oldToken('ada', { exp: 4e9 })))
    await one.auth.flush()
    expect(one.lookUps).toEqual(['ada', 'ada'])
  })
})
