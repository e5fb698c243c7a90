import { describe, expect, it } from 'vitest'
import {
  authenticatedRequirement,
  optionalRequirement,
  organizationRequirement,
  permissionRequirement,
  roleRequirement,
} from '../../src/adapter/index.js'

const handler = () => {}

describe('options of another guard', () => {
  it.each([
    ['requirePermission', () => permissionRequirement(['things:write', { fresh: true }])],
    ['requirePermission', () => permissionRequirement([handler, { fresh: true }])],
    ['requireOrganization', () => organizationRequirement([handler, { fresh: true }])],
  ])('are refused by %s, which would not heed them', (guard, construct) => {
    expect(construct).toThrow(`${guard}: takes no options; put requireAuth({ fresh: true }) before ${guard}(…)`)
  })

  it('are refused by requireRole, and a list of roles is taken', () => {
    expect(() => roleRequirement(['admin', { fresh: true }])).toThrow('requireRole: takes the names of roles')
    expect(roleRequirement([['admin', 'owner']])).toEqual({ kind: 'role', anyOf: ['admin', 'owner'] })
  })
})

describe('a guard that a framework calls as a handler', () => {
  it('says how it is written', () => {
    expect(() => permissionRequirement([{ method: 'GET' }, handler])).toThrow('requirePermission()')
    expect(() => organizationRequirement([{ method: 'GET' }, {}])).toThrow('requireOrganization()')
  })
})

describe('what a guard does not take', () => {
  it.each<[string, () => unknown]>([
    ['requireAuth: takes { fresh: true }, or nothing', () => authenticatedRequirement(['admin'])],
    ['requireAuth.frsh: unknown option; it takes fresh', () => authenticatedRequirement([{ frsh: true }])],
    ['optionalAuth: takes { onInvalid }, or nothing', () => optionalRequirement(['anonymous'])],
    ['optionalAuth.fresh: unknown option; it takes onInvalid', () => optionalRequirement([{ fresh: true }])],
  ])('is refused: %s', (message, construct) => {
    expect(construct).toThrow(message)
  })

  it.each([[['things:read', 'things:write']], [['things', 'read', 'write']]])(
    'is several permissions: %j',
    (several) => {
      expect(() => permissionRequirement(several)).toThrow('{ any: […] } or { all: […] }')
      expect(permissionRequirement(['org:invoices', 'create'])).toEqual({
        kind: 'permission',
        rule: 'org:invoices:create',
      })
    },
  )
})
