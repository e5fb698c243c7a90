import { describe, expect, expectTypeOf, it } from 'vitest'
import { definePermissions, type GrantOf, type PermissionName, type RegisteredPermission } from '../../src/index.js'
import { wrongOption } from '../support/outcome.js'

const permissions = definePermissions({ things: ['read', 'write'], billing: ['read'] }, ['users-view', 'org:a:read'])

describe('definePermissions', () => {
  it('has each name as a value', () => {
    expect(permissions).toEqual({
      things: { read: 'things:read', write: 'things:write' },
      billing: { read: 'billing:read' },
    })
    expectTypeOf(permissions.things.read).toEqualTypeOf<'things:read'>()
  })

  it('has each name as a type, and the wildcards that cover some of them', () => {
    type Name = PermissionName<typeof permissions>
    expectTypeOf<Name>().toEqualTypeOf<'things:read' | 'things:write' | 'billing:read' | 'users-view' | 'org:a:read'>()
    expectTypeOf<GrantOf<Name>>().toEqualTypeOf<Name | '*' | 'things:*' | 'billing:*' | '*:read' | '*:write'>()
  })

  it('changes nothing where it is not registered', () => {
    expectTypeOf<RegisteredPermission>().toEqualTypeOf<string>()
    expectTypeOf<GrantOf<string>>().toEqualTypeOf<string>()
  })

  it('is frozen, and a resource of any name is its own', () => {
    expect(Object.isFrozen(permissions) && Object.isFrozen(permissions.things)).toBe(true)
    const odd = definePermissions({ constructor: ['read'], ['__proto__']: ['read'] })
    expect(Object.keys(odd)).toEqual(['constructor', '__proto__'])
    expect(odd.constructor.read).toBe('constructor:read')
  })

  it.each<[string, () => unknown]>([
    ['definePermissions.a:b', () => definePermissions({ 'a:b': ['read'] })],
    ['definePermissions.*', () => definePermissions({ '*': ['read'] })],
    ['definePermissions.things', () => definePermissions({ things: 'read' as never })],
    ['definePermissions.things[1]', () => definePermissions({ things: ['read', '*'] })],
    ['definePermissions.things[0]', () => definePermissions({ things: [7 as never] })],
    ['definePermissions.more[0]', () => definePermissions({}, ['users view'])],
    ['definePermissions.more[1]', () => definePermissions({}, ['users-view', 'org:*'])],
  ])('refuses what is no name: %s', (path, define) => {
    expect(wrongOption(define)).toBe(path)
  })
})
