import { describe, expect, it, vi } from 'vitest'
import { createDualAuth, legacyJwt, type Account, type DualAuthOptions } from '../../src/index.js'
import { seconds } from '../support/clock.js'
import { createClock } from '../support/clock.js'
import { outcome, wrongOption } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { mint, OTHER_SECRET, SECRET } from '../support/tokens.js'

const verifier = legacyJwt({
  name: 'legacy',
  algorithms: ['HS256'],
  secrets: [SECRET],
  purpose: 'only-access-tokens',
  claims: { organization: 'org' },
})
const other = legacyJwt({
  name: 'other',
  algorithms: ['HS256'],
  secrets: [OTHER_SECRET],
  purpose: 'only-access-tokens',
  issuer: 'https://other.example',
})
const claims = { sub: 's-1', exp: seconds(60), roles: ['editor'], permissions: ['a:b', '*'], org: 'theirs' }
const sent = bearer(mint({ claims }))

const withLink = (link: (identity: never) => unknown, more: Partial<DualAuthOptions> = {}) =>
  createDualAuth({ verifiers: [verifier], link: link as never, now: createClock().now, ...more } as DualAuthOptions)

async function principalWith(account: object) {
  const result = await withLink(() => ({ id: 'a', ...account })).authenticate(sent)
  if (!result.ok) throw result.error
  return result.principal
}

describe('which account that is', () => {
  it('is the subject where one verifier stands alone', async () => {
    expect(await outcome(createDualAuth({ verifiers: [verifier], now: createClock().now }), sent)).toBe(
      '200 s-1 by legacy',
    )
  })

  it('must be said where several verifiers stand', () => {
    expect(wrongOption(() => createDualAuth({ verifiers: [verifier, other] }))).toBe('createDualAuth.link')
  })

  it('is asked by verifier, issuer and subject, and never by e-mail', async () => {
    const link = vi.fn<(identity: unknown) => unknown>(() => ({ id: 'a' }))
    await withLink(link).authenticate(sent)
    expect(link).toHaveBeenCalledExactlyOnceWith({
      verifier: 'legacy',
      issuer: 'legacy',
      subject: 's-1',
      kind: 'user',
      claims: expect.objectContaining({ sub: 's-1' }),
      organization: 'theirs',
      roles: ['editor'],
      permissions: ['a:b', '*'],
    })
  })

  it('is unlinked when the app knows none', async () => {
    expect(
      await outcome(
        withLink(() => null),
        sent,
      ),
    ).toBe('403 identity_unlinked')
    expect(
      await outcome(
        withLink(() => undefined),
        sent,
      ),
    ).toBe('403 identity_unlinked')
    expect(
      await outcome(
        withLink(async () => null),
        sent,
      ),
    ).toBe('403 identity_unlinked')
  })

  it('is refused when deactivated', async () => {
    expect(
      await outcome(
        withLink(() => ({ id: 'a', active: false })),
        sent,
      ),
    ).toBe('403 account_deactivated')
    expect(
      await outcome(
        withLink(() => ({ id: 'a', active: true })),
        sent,
      ),
    ).toBe('200 a by legacy')
  })

  it.each<[string, unknown]>([
    ['a thrown error', new Error('down')],
    ['no id', {}],
    ['an empty id', { id: '' }],
    ['a number for an id', { id: 7 }],
    ['a number for active', { id: 'a', active: 0 }],
    ['null for roles', { id: 'a', roles: null }],
    ['a text for roles', { id: 'a', roles: 'admin' }],
    ['null for permissions', { id: 'a', permissions: null }],
    ['a number for an organization', { id: 'a', organization: 7 }],
  ])('cannot be told from %s: 503, never a guess', async (_, answer) => {
    const link = () => {
      if (answer instanceof Error) throw answer
      return answer
    }
    expect(await outcome(withLink(link), sent)).toBe('503 account_unavailable')
  })

  it('is never asked for a credential that was refused', async () => {
    const link = vi.fn<(identity: unknown) => unknown>(() => ({ id: 'a' }))
    await withLink(link).authenticate(bearer(mint({ claims, key: OTHER_SECRET })))
    expect(link).not.toHaveBeenCalled()
  })
})

describe('what holds for the principal', () => {
  it('is what the credential names, where the account says nothing', async () => {
    expect(await principalWith({})).toMatchObject({
      id: 'a',
      issuer: 'legacy',
      subject: 's-1',
      organization: 'theirs',
      roles: ['editor'],
      // The provider's `*` grants nothing, so it is not among them.
      permissions: ['a:b'],
      scopes: null,
      expiresAt: seconds(60),
      secretIndex: 0,
    })
  })

  it('is what the account says, also when that is nothing', async () => {
    const account = { roles: [], permissions: [], organization: null }
    expect(await principalWith(account)).toMatchObject({ roles: [], permissions: [], organization: null })
  })

  it('has only grants of the organization acted for', async () => {
    const account: Omit<Account, 'id'> = {
      organization: 'ours',
      roles: ['member', { role: 'admin', organization: 'ours' }, { role: 'owner', organization: 'theirs' }],
      permissions: [
        { permission: 'x:y', organization: 'ours' },
        { permission: 'y:z', organization: 'theirs' },
      ],
    }
    expect(await principalWith(account)).toMatchObject({ roles: ['member', 'admin'], permissions: ['x:y'] })
    expect(await principalWith({ ...account, organization: null })).toMatchObject({
      roles: ['member'],
      permissions: [],
    })
  })

  it('keeps further fields of the account, and cannot be changed', async () => {
    const principal = await principalWith({ plan: 'pro' })
    expect(principal.account).toEqual({ id: 'a', plan: 'pro' })
    expect(() => Object.assign(principal, { id: 'b' })).toThrow(TypeError)
    expect(() => (principal.roles as string[]).push('admin')).toThrow(TypeError)
    expect(() => Object.assign(principal.claims as object, { sub: 'x' })).toThrow(TypeError)
    expect(() => Object.assign(principal.account, { id: 'b' })).toThrow(TypeError)
  })
})
