import { describe, expect, it, vi } from 'vitest'
import { authorize, type Denial } from '../../src/access/authorize.js'
import type { PermissionRule, Requirement } from '../../src/access/requirement.js'
import type { Principal } from '../../src/index.js'

const REQUEST = { path: '/things' }

function principal(changes: Partial<Principal> = {}): Principal {
  const account = { id: 'ada', permissions: ['things:read', 'things:write'] }
  const held = { roles: ['editor'], permissions: account.permissions, scopes: null, organization: null }
  return { id: 'ada', account, ...held, ...changes } as unknown as Principal
}

const judge = (requirement: Requirement, changes: Partial<Principal> = {}): ReturnType<typeof authorize> =>
  authorize(principal(changes), requirement, REQUEST, {})
const permission = (rule: PermissionRule): ReturnType<typeof authorize> => judge({ kind: 'permission', rule })
const denied = (code: Denial['code'], required: string | null = null): Denial => ({ code, required })

const READ = 'things:read'
const NONE = 'users:read'
const later =
  (answer: boolean): (() => Promise<boolean>) =>
  async () =>
    answer

describe('a guard that asks for no more than a caller', () => {
  it.each<Requirement>([{ kind: 'authenticated' }, { kind: 'optional', onInvalid: 'default' }])(
    'lets in: %j',
    (one) => {
      expect(judge(one, { roles: [], permissions: [] })).toBe(null)
    },
  )
})

describe('a permission', () => {
  it('lets in who holds it, and names it where it is missing', () => {
    expect(permission(READ)).toBe(null)
    expect(permission(NONE)).toEqual(denied('permission_denied', NONE))
  })

  it.each<[string, PermissionRule, boolean]>([
    ['any, the first', { any: [READ, NONE] }, true],
    ['any, the last', { any: [NONE, NONE, READ] }, true],
    ['any, none', { any: [NONE, NONE] }, false],
    ['any, of nothing', { any: [] }, false],
    ['all, each', { all: [READ, 'things:write', READ] }, true],
    ['all, but the first', { all: [NONE, READ] }, false],
    ['all, but the last', { all: [READ, NONE] }, false],
    ['all, of nothing', { all: [] }, false],
    ['any in all', { all: [{ any: [NONE, READ] }, READ] }, true],
    ['all in any', { any: [{ all: [READ, NONE] }, { all: [READ] }] }, true],
    ['neither of two in any', { any: [{ all: [READ, NONE] }, { all: [NONE] }] }, false],
    ['a callback', () => true, true],
    ['a callback that refuses', () => false, false],
    ['callbacks that answer later', { all: [later(true), later(true)] }, true],
    ['the last of them refuses', { all: [later(true), later(false)] }, false],
    ['any of them', { any: [later(false), later(true)] }, true],
    ['none of them', { any: [later(false), later(false)] }, false],
  ])('%s', async (_name, rule, may) => {
    expect((await permission(rule)) === null).toBe(may)
  })

  it('stops at what decides, and asks nothing behind it', async () => {
    const asked = vi.fn<() => boolean>(() => true)
    await permission({ any: [later(true), asked] })
    await permission({ all: [later(false), asked] })
    expect(asked).not.toHaveBeenCalled()
    await permission({ any: [later(false), asked] })
    expect(asked).toHaveBeenCalledTimes(1)
  })

  it('gives a callback the principal and the request of the framework', () => {
    const rule = vi.fn<(by: Principal, request: unknown) => boolean>(() => true)
    void permission(rule)
    expect(rule.mock.calls).toEqual([[principal(), REQUEST]])
  })

  it('is answered at once where no callback has to be waited for', () => {
    expect(permission({ all: [READ, () => true] })).toBe(null)
    expect(permission(later(true))).toBeInstanceOf(Promise)
  })

  it.each<[PermissionRule, string | null]>([
    [{ any: [NONE, 'users:write'] }, 'users:read users:write'],
    [{ all: [READ, { any: [NONE] }] }, 'things:read users:read'],
    [() => false, null],
    [{ all: [NONE, () => true] }, null],
  ])('is named in the refusal where it has a name: %j', (rule, required) => {
    expect(permission(rule)).toEqual(denied('permission_denied', required))
  })
})

describe('a role', () => {
  const role = (anyOf: readonly string[], changes?: Partial<Principal>) => judge({ kind: 'role', anyOf }, changes)

  it('lets in who has one of them', () => {
    expect(role(['editor'])).toBe(null)
    expect(role(['admin', 'editor'])).toBe(null)
    for (const anyOf of [['admin'], ['admin', 'edit'], []]) expect(role(anyOf)).toEqual(denied('role_required'))
  })

  it('is not held by a key that was narrowed, whatever its owner has', () => {
    expect(role(['editor'], { scopes: [READ] })).toEqual(denied('role_required'))
    expect(role(['editor'], { scopes: [] })).toEqual(denied('role_required'))
    expect(role(['editor'], { scopes: ['things:*'] })).toEqual(denied('role_required'))
    expect(role(['editor'], { scopes: [READ, '*'] })).toBe(null)
    expect(role(['admin'], { scopes: ['*'] })).toEqual(denied('role_required'))
  })
})

describe('an organization', () => {
  const acting = { organization: 'acme' }
  const organization = (of: (Requirement & { kind: 'organization' })['of'], changes?: Partial<Principal>) =>
    judge({ kind: 'organization', of }, changes)

  it('lets in who acts for one, where any will do', () => {
    expect(organization(null, acting)).toBe(null)
    expect(organization(null)).toEqual(denied('organization_required'))
  })

  it.each([
    ['acme', null],
    ['other', denied('organization_mismatch')],
    [null, denied('organization_mismatch')],
    [undefined, denied('organization_mismatch')],
  ])('lets in who acts for the one that the request names: %s', async (named, answer) => {
    expect(organization(() => named, acting)).toEqual(answer)
    expect(await organization(async () => named, acting)).toEqual(answer)
  })

  it('does not take nothing named for no organization', () => {
    expect(organization(() => null)).toEqual(denied('organization_required'))
  })

  it('asks with the request of the framework', () => {
    const of = vi.fn<(request: unknown) => string>(() => 'acme')
    void organization(of, acting)
    expect(of.mock.calls).toEqual([[REQUEST]])
  })
})
