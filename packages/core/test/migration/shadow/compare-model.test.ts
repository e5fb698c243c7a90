import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PermissionDemand } from '../../../src/index.js'
import { accountIdentity } from '../../../src/identity/link.js'
import { principalOf } from '../../../src/identity/principal-of.js'
import { compareGrants, compareRule, type Judged } from '../../../src/migration/shadow/compare.js'

const PERMISSIONS = ['a:read', 'a:write', 'b:read', 'b:write', 'users-view'] as const
const ROLES = ['x', 'y', 'unknown'] as const

/** What a grant covers of the permissions that there are, by a table and no rule. */
const COVERED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(PERMISSIONS.map((name) => [name, [name]])),
  '*': PERMISSIONS,
  'a:*': ['a:read', 'a:write'],
  'b:*': ['b:read', 'b:write'],
  '*:read': ['a:read', 'b:read'],
  '*:write': ['a:write', 'b:write'],
}
const grant = fc.constantFrom(...Object.keys(COVERED))
const grants = fc.uniqueArray(grant, { maxLength: 4 })
const roleMap = fc.record({ x: grants, y: grants })
const held = fc.record({ roles: fc.uniqueArray(fc.constantFrom(...ROLES)), permissions: grants })
type Held = typeof held extends fc.Arbitrary<infer T> ? T : never
type Roles = typeof roleMap extends fc.Arbitrary<infer T> ? T : never

const rule: fc.Arbitrary<PermissionDemand<string>> = fc.letrec<{ rule: PermissionDemand<string> }>((tie) => {
  const several = fc.array(tie('rule'), { minLength: 1, maxLength: 3 })
  return {
    rule: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(...PERMISSIONS),
      several.map((any) => ({ any })),
      several.map((all) => ({ all })),
    ),
  }
}).rule

function judged({ roles: named, permissions }: Held, roles: Roles): Judged {
  const account = { id: 'ada', roles: named, permissions }
  return { principal: principalOf('legacy', accountIdentity('ada'), account, null), roles }
}

/** Everything that somebody may do. */
function may({ roles, permissions }: Held, map: Roles): ReadonlySet<string> {
  const named = roles.flatMap((role) => (role === 'unknown' ? [] : map[role]))
  return new Set([...named, ...permissions].flatMap((one) => COVERED[one] ?? []))
}

function allows(one: PermissionDemand<string>, all: ReadonlySet<string>): boolean {
  if (typeof one === 'string') return all.has(one)
  return 'any' in one ? one.any.some((inner) => allows(inner, all)) : one.all.every((inner) => allows(inner, all))
}

describe('comparing, whatever roles and permissions there are', () => {
  it('two sides differ by a gain where the new one allows something more, and by a loss where it allows less', () => {
    fc.assert(
      fc.property(held, roleMap, held, roleMap, (old, oldRoles, fresh, newRoles) => {
        const found = compareGrants(judged(old, oldRoles), judged(fresh, newRoles))
        const [before, after] = [may(old, oldRoles), may(fresh, newRoles)]
        const covered = (one: string): readonly string[] =>
          (found.find((difference) => difference.class === one)?.permissions ?? []).flatMap(
            (name) => COVERED[name] ?? [],
          )
        for (const name of PERMISSIONS) {
          if (after.has(name) && !before.has(name)) expect(covered('privilege_gain')).toContain(name)
          if (before.has(name) && !after.has(name)) expect(covered('privilege_loss')).toContain(name)
        }
        // Nothing is said to be gained that the new side does not grant, and nothing lost that the old one did not.
        for (const name of covered('privilege_gain')) expect(after).toContain(name)
        for (const name of covered('privilege_loss')) expect(before).toContain(name)
      }),
    )
  })

  it('the same side differs in nothing', () => {
    fc.assert(
      fc.property(held, roleMap, (one, roles) => {
        expect(compareGrants(judged(one, roles), judged(one, roles))).toEqual([])
      }),
    )
  })

  it('a rule differs exactly where the two maps decide it otherwise, and by permissions that make the difference', () => {
    fc.assert(
      fc.property(held, roleMap, roleMap, rule, (one, oldRoles, newRoles, asked) => {
        const [before, after] = [may(one, oldRoles), may(one, newRoles)]
        const [allowed, willBe] = [allows(asked, before), allows(asked, after)]
        const found = compareRule(judged(one, oldRoles), asked, allowed, newRoles)
        if (allowed === willBe) {
          expect(found).toEqual([])
          return
        }
        expect(found).toMatchObject([{ class: willBe ? 'privilege_gain' : 'privilege_loss' }])
        const permissions = found?.[0]?.permissions ?? []
        expect(permissions.length).toBeGreaterThan(0)
        for (const name of permissions) expect([before.has(name), after.has(name)]).toEqual([allowed, willBe])
      }),
    )
  })
})
