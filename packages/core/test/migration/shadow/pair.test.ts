import { describe, expect, it } from 'vitest'
import type { Account, Link } from '../../../src/index.js'
import { createMove, newCookie, oldCookie, oldToken, type Move, type MoveOptions } from '../../support/migration.js'
import { bearer, cookieField, cookies } from '../../support/requests.js'
import { found, mismatches, results } from '../../support/shadow.js'

interface Sides extends MoveOptions {
  /** What the new side says of a person, beside the id. */
  readonly there?: Readonly<Record<string, Partial<Account> | null>>
  readonly link?: Link
}

function move({ there = {}, link, ...options }: Sides = {}): Move {
  const told: Link = ({ subject }) =>
    there[subject] === null ? null : { id: subject, organization: null, ...there[subject] }
  return createMove({ stage: 'shadow', shadow: { link: link ?? told }, ...options })
}

const both = (old: string, fresh: string) => bearer(oldToken(old), { cookie: cookieField(newCookie(fresh)) })

describe('a request with a credential of each side', () => {
  it.each([
    ['a cookie beside a bearer', both('ada', 'ada')],
    ['two cookies', cookies(oldCookie('ada'), newCookie('ada'))],
  ])('%s: is compared, and answered by the old side', async (_, request) => {
    const one = move()
    expect(await one.auth.authenticate(request)).toMatchObject({ ok: true, principal: { verifier: 'legacy' } })
    expect(await results(one)).toEqual(['paired same'])
  })

  it('of two people is critical, and says who they are', async () => {
    const one = move()
    await one.auth.authenticate(both('ada', 'bob'))
    expect(await found(one)).toEqual(['paired different_user!'])
    expect(mismatches(one.events)).toMatchObject([{ principalId: 'ada', newPrincipalId: 'bob' }])
  })

  it('in two organizations is critical', async () => {
    const one = move({ organizations: { ada: 'acme' }, there: { ada: { organization: 'beta' } } })
    await one.auth.authenticate(both('ada', 'ada'))
    expect(await found(one)).toEqual(['paired different_organization!'])
  })

  it('with other roles says what is gained and lost', async () => {
    const one = move({
      access: { roles: { editor: ['things:read', 'things:write'], auditor: ['things:read', 'log:*'] } },
      accounts: { ada: { roles: ['editor'] } },
      there: { ada: { roles: ['auditor'] } },
    })
    await one.auth.authenticate(both('ada', 'ada'))
    expect(await found(one)).toEqual(['paired privilege_gain! log:*', 'paired privilege_loss things:write'])
  })

  it('that the new side does not know is refused there, with its code', async () => {
    const one = move({ there: { ada: null } })
    await one.auth.authenticate(both('ada', 'ada'))
    expect(await found(one)).toEqual(['paired only_old_accepts identity_unlinked'])
  })

  it('of somebody whom the old side has deactivated is critical where the new side lets the person in', async () => {
    const one = move({ accounts: { ada: { active: false } } })
    expect(await one.auth.authenticate(both('ada', 'ada'))).toMatchObject({ ok: false })
    expect(await found(one)).toEqual(['paired only_new_accepts! account_deactivated'])
    expect(mismatches(one.events)).toMatchObject([{ principalId: null, newPrincipalId: 'ada' }])
  })

  it('whose old one has expired is a difference of time only', async () => {
    const one = move()
    const expired = oldToken('ada', { iat: 1_000_000_000, exp: 1_000_000_900 })
    await one.auth.authenticate(bearer(expired, { cookie: cookieField(newCookie('ada')) }))
    expect(await found(one)).toEqual(['paired expiry_differs credential_expired'])
  })

  it('whose old one is forged says nothing of anybody', async () => {
    const one = move()
    await one.auth.authenticate(
      bearer(`${oldToken('ada').slice(0, -4)}AAAA`, { cookie: cookieField(newCookie('ada')) }),
    )
    expect(await results(one)).toEqual([])
  })

  it('that was revoked here is refused on the new side, too', async () => {
    const one = move()
    await one.auth.revoke({ credential: newCookie('ada')[1] })
    await one.auth.authenticate(both('ada', 'ada'))
    expect(await found(one)).toEqual(['paired only_old_accepts credential_revoked'])
  })

  it('where the new side fails is unknown', async () => {
    const one = move({
      link: () => {
        throw new Error('down')
      },
    })
    await one.auth.authenticate(both('ada', 'ada'))
    expect(await found(one)).toEqual(['paired new_error'])
    expect(await results(one)).toEqual(['paired unknown'])
  })

  it('where the new side does not answer in time is unknown, and the answer does not wait', async () => {
    const one = move({ shadow: { link: () => new Promise(() => {}), timeoutMs: 10 } })
    expect(await one.auth.authenticate(both('ada', 'ada'))).toMatchObject({ ok: true })
    expect(await found(one)).toEqual(['paired new_timeout'])
  })
})

describe('what a comparison leaves alone', () => {
  it('the `link` of the instance, and the evidence of the new side', async () => {
    const one = move()
    await one.auth.authenticate(both('ada', 'ada'))
    await one.auth.flush()
    expect(one.asked).toEqual({ sessions: 1, link: 1 })
    expect(one.sightings.map(({ side, user }) => [side, user])).toEqual([['old', 'ada']])
    expect(one.events.map(({ type }) => type)).not.toContain('ignored')
    const verified = one.events.flatMap((event) => (event.type === 'verified' ? [event.verifier] : []))
    expect(verified).toEqual(['legacy'])
  })

  it('requests with one credential: nobody of the new side is asked', async () => {
    const one = move()
    await one.auth.authenticate(bearer(oldToken('ada')))
    await one.auth.authenticate(cookies(oldCookie('ada')))
    expect(await results(one)).toEqual([])
    expect(one.asked.sessions).toBe(0)
  })

  it('what the caller gets, whatever the listener does', async () => {
    const one = move()
    expect(await one.auth.authenticate(cookies(newCookie('ada')))).toMatchObject({
      ok: false,
      error: { code: 'credential_not_accepted' },
    })
    expect(await results(one)).toEqual([])
  })
})
