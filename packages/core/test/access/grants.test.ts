import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds } from '../../src/access/grants.js'
import { principalOf } from '../../src/identity/principal-of.js'
import type { Account, Principal } from '../../src/index.js'
import { identityOf } from '../../src/verify/identity.js'

interface Held {
  readonly roles?: readonly string[]
  readonly permissions?: readonly string[]
  readonly scopes?: readonly string[] | null
  /** Where the permissions come from: what `link` returned, the provider, or a service of ours. Default `'link'`. */
  readonly by?: 'link' | 'provider' | 'service'
}

function principal({ roles = [], permissions = [], scopes = null, by = 'link' }: Held): Principal {
  const account: Account = by === 'link' ? { id: 'a', permissions } : { id: 'a' }
  const stated = { ...(by !== 'link' && { permissions }), ...(by === 'service' && { ownPermissions: true }) }
  const identity = { ...identityOf({ issuer: 'i', subject: 's', claims: {}, roles, scopes }), ...stated }
  return principalOf('verifier', identity, account, null)
}

/** The names that cover a permission, written out: the simplest thing that can be right. */
function coveringNames(permission: string): readonly string[] {
  const parts = permission.split(':')
  const [resource, action] = parts
  return parts.length === 2 ? ['*', permission, `${resource}:*`, `*:${action}`] : ['*', permission]
}

describe('a grant of this application', () => {
  it.each<[string, string, boolean]>([
    ['things:read', 'things:read', true],
    ['things:read', 'things:write', false],
    ['things:read', 'thing:read', false],
    ['things:read', 'things:readall', false],
    ['things:rea', 'things:read', false],
    ['*', 'things:read', true],
    ['*', 'org:invoices:create', true],
    ['*', 'users-view', true],
    ['things:*', 'things:read', true],
    ['things:*', 'thing:read', false],
    ['things:*', 'thingsx:read', false],
    ['things:*', 'other:things', false],
    ['things:*', 'things', false],
    ['*:read', 'things:read', true],
    ['*:read', 'things:reads', false],
    ['*:read', 'things:xread', false],
    ['*:read', 'read:things', false],
    ['*:read', 'read', false],
    ['org:*', 'org:invoices:create', false],
    ['*:create', 'org:invoices:create', false],
    ['*:invoices:create', 'org:invoices:create', false],
    ['org:invoices:*', 'org:invoices:create', false],
    ['org:invoices:create', 'org:invoices:create', true],
    ['users-view', 'users-view', true],
    ['billing.read', 'billing.read', true],
    ['billing.read', 'billing-read', false],
    ['reports', 'reports', true],
    ['*:*', 'things:read', false],
    ['thing*', 'things', false],
    ['things:r*', 'things:read', false],
    ['', 'things:read', false],
    [':*', 'things:read', false],
    ['*:', 'things:read', false],
  ])('%s over %s: %s', (given, permission, covered) => {
    expect(holds(principal({ permissions: [given] }), permission, {})).toBe(covered)
    expect(holds(principal({ roles: ['role'] }), permission, { role: [given] })).toBe(covered)
    const owner = { permissions: [permission] }
    expect(holds(principal({ ...owner, scopes: [given] }), permission, {})).toBe(covered)
  })

  it('counts for nothing as a pattern where a provider wrote it', () => {
    for (const given of ['*', 'things:*', '*:read'])
      expect(holds(principal({ permissions: [given], by: 'provider' }), 'things:read', {})).toBe(false)
    expect(holds(principal({ permissions: ['things:read'], by: 'provider' }), 'things:read', {})).toBe(true)
  })

  it('counts where a service of this application granted it', () => {
    for (const given of ['*', 'things:*', '*:read'])
      expect(holds(principal({ permissions: [given], by: 'service' }), 'things:read', {})).toBe(true)
  })

  it.each(['constructor', '__proto__', 'toString', 'nobody'])('is not inherited by the unknown role %s', (role) => {
    expect(holds(principal({ roles: [role] }), 'things:read', { admin: ['*'] })).toBe(false)
  })

  it('of a narrowed key is needed twice: in its scopes and in what its owner may', () => {
    const asked = (permissions: string[], scopes: string[]) =>
      holds(principal({ permissions, scopes }), 'things:read', {})
    expect(asked(['things:read'], ['things:read'])).toBe(true)
    expect(asked(['things:read'], ['things:write'])).toBe(false)
    expect(asked(['things:write'], ['things:read'])).toBe(false)
    expect(asked(['*'], [])).toBe(false)
    expect(asked([], ['*'])).toBe(false)
  })
})

const word = fc.constantFrom('a', 'b', 'ab', 'a-b', 'a.b', 'x')
const name = fc.oneof(
  fc.tuple(word, word).map(([resource, action]) => `${resource}:${action}`),
  fc.tuple(word, word, word).map((parts) => parts.join(':')),
  word,
)
const given = fc.oneof(
  name,
  fc.constant('*'),
  word.map((resource) => `${resource}:*`),
  word.map((action) => `*:${action}`),
  fc.tuple(word, word).map(([one, two]) => `${one}:${two}:*`),
  word.map((start) => `${start}*`),
)
const grants = fc.array(given, { maxLength: 4 })

describe('whatever is granted', () => {
  it('holds exactly as the model says', () => {
    const held = fc.record({
      roles: fc.subarray(['one', 'two', 'unknown']),
      permissions: grants,
      scopes: fc.option(grants),
      by: fc.constantFrom('link' as const, 'provider' as const, 'service' as const),
    })
    fc.assert(
      fc.property(held, fc.record({ one: grants, two: grants }), name, (has, roles, permission) => {
        const covering = coveringNames(permission)
        const covered = (names: readonly string[]) => names.some((granted) => covering.includes(granted))
        const byRole = has.roles.some((role) => role !== 'unknown' && covered(roles[role as 'one' | 'two']))
        const directly = has.by !== 'provider' ? covered(has.permissions) : has.permissions.includes(permission)
        const expected = (has.scopes === null || covered(has.scopes)) && (byRole || directly)
        expect(holds(principal(has), permission, roles)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is never less after one more grant, and never more after one more scope is taken away', () => {
    fc.assert(
      fc.property(grants, given, grants, name, (permissions, more, scopes, permission) => {
        const before = holds(principal({ permissions, scopes }), permission, {})
        const granted = holds(principal({ permissions: [...permissions, more], scopes }), permission, {})
        const narrowed = holds(principal({ permissions, scopes: scopes.slice(1) }), permission, {})
        expect(before && !granted).toBe(false)
        expect(narrowed && !before).toBe(false)
      }),
    )
  })
})
