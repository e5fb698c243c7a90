import { describe, expect, it } from 'vitest'
import { START } from '../../support/clock.js'
import { createMove, oldToken, type Move, type MoveOptions } from '../../support/migration.js'
import { bearer } from '../../support/requests.js'
import { ask, found, mismatches, results } from '../../support/shadow.js'

const OLD_ROLES = { editor: ['things:read', 'things:write'], admin: ['*'] }
const NEW_ROLES = { editor: ['things:read', 'things:delete'], admin: ['*'] }

function move(options: MoveOptions = {}): Move {
  return createMove({
    stage: 'shadow',
    accounts: { ada: { roles: ['editor'] }, adm: { roles: ['admin'] } },
    access: { roles: OLD_ROLES },
    shadow: { access: { roles: NEW_ROLES } },
    ...options,
  })
}

const ADA = () => bearer(oldToken('ada'))

describe('another role map', () => {
  it('is compared with each permission that a guard asks for, and decides nothing', async () => {
    const one = move()
    expect(await ask(one.auth, ADA(), 'things:read')).toBe('pass')
    expect(await ask(one.auth, ADA(), 'things:write')).toBe('pass')
    expect(await ask(one.auth, ADA(), 'things:delete')).toBe('refuse')
    expect(await ask(one.auth, bearer(oldToken('adm')), 'things:delete')).toBe('pass')
    expect(await found(one)).toEqual([
      'permission privilege_loss things:write',
      'permission privilege_gain! things:delete',
    ])
    expect(await results(one)).toEqual([
      'permission same',
      'permission different',
      'permission different',
      'permission same',
    ])
  })

  it('is compared with what `authorize` asks as well', async () => {
    const one = move()
    const result = await one.auth.authenticate(ADA())
    if (!result.ok) throw result.error
    expect(await one.auth.authorize(result.principal, 'things:delete')).toMatchObject({ ok: false })
    expect(await found(one)).toEqual(['permission privilege_gain! things:delete'])
  })

  it('names the permissions of a composed rule that make the difference', async () => {
    const one = move()
    await ask(one.auth, ADA(), { any: ['things:delete', { all: ['things:read', 'nothing:read'] }] })
    await ask(one.auth, ADA(), { all: ['things:read', 'things:write'] })
    expect(await found(one)).toEqual([
      'permission privilege_gain! things:delete',
      'permission privilege_loss things:write',
    ])
  })

  it('leaves rules with a callback alone: it would be called twice', async () => {
    const one = move()
    let calls = 0
    await ask(one.auth, ADA(), { any: ['things:delete', () => ++calls === 1] })
    expect(await results(one)).toEqual([])
    expect(calls).toBe(1)
  })

  it('says of whom, and nothing of the credential', async () => {
    const one = move({ organizations: { ada: 'acme' } })
    await ask(one.auth, ADA(), 'things:delete')
    await one.auth.flush()
    expect(mismatches(one.events)).toEqual([
      {
        type: 'shadow_mismatch',
        at: one.clock.now(),
        migration: 'default',
        comparison: 'permission',
        class: 'privilege_gain',
        critical: true,
        verifier: 'legacy',
        principalId: 'ada',
        organization: 'acme',
        newPrincipalId: 'ada',
        newOrganization: 'acme',
        permissions: ['things:delete'],
        code: null,
      },
    ])
  })
})

describe('when it compares', () => {
  it.each([
    ['off', 0],
    ['shadow', 1],
    ['dual', 0],
    ['prefer-new', 0],
  ] as const)('at %s: %i times', async (stage, times) => {
    const one = move({ stage })
    await ask(one.auth, ADA(), 'things:read')
    expect(await results(one)).toHaveLength(times)
  })

  it('at dual where that was asked for, of the old side only', async () => {
    const one = move({ stage: 'dual', shadow: { access: { roles: NEW_ROLES }, inDual: true } })
    await ask(one.auth, ADA(), 'things:read')
    expect(await results(one)).toHaveLength(1)
  })

  it('by the stage of each organization', async () => {
    const one = move({ organizations: { ada: 'acme' } })
    await one.publish({ stage: 'off', organizations: { acme: { stage: 'shadow' } } })
    await ask(one.auth, ADA(), 'things:read')
    await ask(one.auth, bearer(oldToken('adm')), 'things:read')
    expect(await results(one)).toHaveLength(1)
  })

  it('of a share of the requests', async () => {
    const one = move({ shadow: { access: { roles: NEW_ROLES }, sample: 0.5, maxInFlight: 1_000 } })
    for (let i = 0; i < 600; i++) await ask(one.auth, ADA(), 'things:read')
    const { length } = await results(one)
    // Ten standard deviations on each side.
    expect(length).toBeGreaterThan(178)
    expect(length).toBeLessThan(422)
  })

  it('never within the turn of the request', async () => {
    const one = move()
    await ask(one.auth, ADA(), 'things:delete')
    expect(mismatches(one.events)).toEqual([])
    expect(await found(one)).toHaveLength(1)
  })

  it('as many at a time as was asked for; those beyond are counted', async () => {
    const one = move({ shadow: { access: { roles: NEW_ROLES }, maxInFlight: 2 } })
    await Promise.all(Array.from({ length: 5 }, () => ask(one.auth, ADA(), 'things:read')))
    expect(await results(one)).toHaveLength(2)
    const dropped = one.events.flatMap((event) => (event.type === 'shadow_dropped' ? [event.count] : []))
    expect(dropped).toEqual([1, 2])
  })

  it('no more once the instance is closed', async () => {
    const one = move()
    await ask(one.auth, ADA(), 'things:read')
    await one.auth.close()
    await ask(one.auth, ADA(), 'things:read')
    expect(await results(one)).toHaveLength(1)
  })
})

describe('differences that are known', () => {
  it('are not reported until their rule is over, which is said once', async () => {
    const until = new Date(START + 86_400_000).toISOString()
    const ignore = [
      { class: 'privilege_loss', permission: 'things:write', reason: 'editors read only', until },
    ] as const
    const one = move({ shadow: { access: { roles: NEW_ROLES }, ignore } })
    await ask(one.auth, ADA(), 'things:write')
    await ask(one.auth, ADA(), 'things:delete')
    expect(await found(one)).toEqual(['permission privilege_gain! things:delete'])
    expect(await results(one)).toEqual(['permission ignored', 'permission different'])
    one.clock.advance(2 * 86_400_000)
    for (let i = 0; i < 2; i++) await ask(one.auth, bearer(oldToken('ada', { exp: 4e9 })), 'things:write')
    expect((await found(one)).slice(1)).toEqual([
      'permission privilege_loss things:write',
      'permission privilege_loss things:write',
    ])
    expect(one.events.filter(({ type }) => type === 'shadow_ignore_ended')).toEqual([
      expect.objectContaining({ class: 'privilege_loss', permission: 'things:write', until }),
    ])
  })
})
