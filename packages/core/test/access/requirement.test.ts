import { describe, expect, it } from 'vitest'
import { assertPermissionRule, requirementOf } from '../../src/access/requirement.js'
import { wrongOption } from '../support/outcome.js'

describe('a rule of permissions', () => {
  const callback = (): boolean => true

  it.each([
    ['things:read'],
    ['users-view'],
    [callback],
    [{ any: ['things:read'] }],
    [{ all: ['things:read', callback] }],
    [{ any: [{ all: ['things:read'] }] }],
  ])('is taken: %j', (rule) => {
    expect(() => assertPermissionRule(rule, 'rule')).not.toThrow()
  })

  it.each<[unknown, string]>([
    ['*', 'rule'],
    ['things:*', 'rule'],
    ['', 'rule'],
    ['things:read, things:write', 'rule'],
    [undefined, 'rule'],
    [null, 'rule'],
    [7, 'rule'],
    [[], 'rule'],
    [{}, 'rule'],
    [{ any: [] }, 'rule'],
    [{ all: [] }, 'rule'],
    [{ any: 'things:read' }, 'rule'],
    [{ any: ['things:read'], all: ['things:read'] }, 'rule'],
    [{ any: ['things:read'], fresh: true }, 'rule'],
    [{ any: ['things:read', '*'] }, 'rule.any[1]'],
    [{ all: [{ any: ['things:read', null] }] }, 'rule.all[0].any[1]'],
    // eslint-disable-next-line no-sparse-arrays
    [{ all: ['things:read', , 'things:write'] }, 'rule.all[1]'],
  ])('is refused by name: %j', (rule, path) => {
    expect(wrongOption(() => assertPermissionRule(rule, 'rule'))).toBe(path)
  })
})

describe('a rule of auth.authorize', () => {
  it('stands for one requirement', () => {
    expect(requirementOf('things:read')).toEqual({ kind: 'permission', rule: 'things:read' })
    expect(requirementOf({ any: ['things:read'] })).toEqual({ kind: 'permission', rule: { any: ['things:read'] } })
    expect(requirementOf({ role: 'admin' })).toEqual({ kind: 'role', anyOf: ['admin'] })
    expect(requirementOf({ role: ['admin', 'owner'] })).toEqual({ kind: 'role', anyOf: ['admin', 'owner'] })
    expect(requirementOf({ organization: true })).toEqual({ kind: 'organization', of: null })
  })

  it('names an organization, whatever the request is', () => {
    const requirement = requirementOf({ organization: 'acme' })
    expect(requirement.kind === 'organization' && requirement.of?.({})).toBe('acme')
  })

  it.each<[unknown, string]>([
    [null, 'authorize.rule'],
    [7, 'authorize.rule'],
    ['*', 'authorize.rule'],
    [{ permission: 'things:read' }, 'authorize.rule'],
    [{ role: 'admin', organization: 'acme' }, 'authorize.rule'],
    [{ organization: true, any: ['things:read'] }, 'authorize.rule'],
    [{ role: 7 }, 'authorize.rule.role'],
    [{ role: ['admin', 7] }, 'authorize.rule.role'],
    [{ role: undefined }, 'authorize.rule.role'],
    [{ organization: false }, 'authorize.rule.organization'],
    [{ organization: 7 }, 'authorize.rule.organization'],
    [{ organization: null }, 'authorize.rule.organization'],
  ])('is refused by name: %j', (rule, path) => {
    expect(wrongOption(() => requirementOf(rule as never))).toBe(path)
  })
})
