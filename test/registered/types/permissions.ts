import { createDualAuth, definePermissions, legacyJwt, type PermissionRule, type Principal } from '@dualauth/core'
import * as express from '@dualauth/express'
import type { RouteAuth } from '@dualauth/fastify'
import * as fastify from '@dualauth/fastify'
import * as hono from '@dualauth/hono'
import type { ApiKeyEndpointsOptions } from '@dualauth/endpoints'
import type { Grants, StoredApiKeysOptions } from '@dualauth/postgres'

export const permissions = definePermissions({ things: ['read', 'write'], billing: ['read'] }, [
  'users-view',
  'org:invoices:create',
])

declare module '@dualauth/core' {
  interface Register {
    permissions: typeof permissions
  }
}

const create = (roles: NonNullable<Parameters<typeof createDualAuth>[0]['access']>['roles']) =>
  createDualAuth({
    verifiers: [
      legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: ['made later'], purpose: 'only-access-tokens' }),
    ],
    access: { roles: roles ?? {} },
  })

/** Names that are registered, wherever they may stand. */
export function known(auth: ReturnType<typeof create>, principal: Principal<'legacy'>, grants: Grants): unknown[] {
  const value: 'things:write' = permissions.things.write
  const endpoints: Pick<ApiKeyEndpointsOptions, 'permissions' | 'defaultScopes'> = {
    permissions: { read: 'things:read' },
    defaultScopes: ['*:read'],
  }
  const stored: StoredApiKeysOptions = { scopes: ['*'] }
  const route: RouteAuth = { permission: { any: ['billing:read', permissions.things.read] } }
  return [
    express.requirePermission('things:write'),
    hono.requirePermission(permissions.things.write),
    fastify.requirePermission('org:invoices:create'),
    express.requirePermission('things', 'write'),
    hono.requirePermission('billing', 'read'),
    fastify.requirePermission('things', 'read'),
    express.requirePermission({ all: ['users-view', { any: ['org:invoices:create'] }] }),
    hono.requirePermission({ any: ['things:read', (caller) => caller.id === 'a'] }),
    fastify.requirePermission(async (caller, request) => request.url === caller.id),
    create({ admin: ['*'], editor: ['things:*', '*:read', 'users-view', value], none: [] }),
    auth.authorize(principal as never, 'things:read'),
    auth.authorize(principal as never, { role: 'whichever' }),
    auth.can({ user: 'a' }, 'billing:read'),
    auth.why({ user: 'a' }, 'billing:read'),
    auth.can({ user: 'a' }, { any: ['billing:read', { all: ['things:read', 'users-view'] }] }),
    grants.add({ account: 'a', permission: 'things:*', actor: 'b' }),
    grants.add({ account: 'a', permission: permissions.things.read, actor: 'b' }),
    // What was granted before a permission lost its name.
    grants.remove({ account: 'a', permission: 'bygone:read', actor: 'b' }),
    endpoints,
    stored,
    route,
  ]
}

/** Each line is a mistake that the compiler sees. */
export function misspelt(auth: ReturnType<typeof create>, grants: Grants): unknown[] {
  const principal = {} as never
  return [
    // @ts-expect-error -- a misspelt action
    () => express.requirePermission('things:wirte'),
    // @ts-expect-error -- a misspelt action
    () => hono.requirePermission('things:wirte'),
    // @ts-expect-error -- a misspelt action
    () => fastify.requirePermission('things:wirte'),
    // @ts-expect-error -- an action of another resource
    () => express.requirePermission('billing', 'write'),
    // @ts-expect-error -- no such resource
    () => hono.requirePermission('thing', 'read'),
    // @ts-expect-error -- an action of another resource
    () => fastify.requirePermission('billing', 'write'),
    // @ts-expect-error -- a name of three parts is written as one
    () => express.requirePermission('org', 'invoices:create'),
    // @ts-expect-error -- one of several
    () => express.requirePermission({ any: ['things:read', 'billing:wirte'] }),
    // @ts-expect-error -- deep inside
    () => hono.requirePermission({ all: [{ any: ['things:raed'] }] }),
    // @ts-expect-error -- no guard asks for a wildcard
    () => fastify.requirePermission('things:*'),
    // @ts-expect-error -- a provider's name in another spelling
    () => auth.authorize(principal, 'users_view'),
    // @ts-expect-error -- a misspelt resource
    () => auth.can({ user: 'a' }, 'bilings:read'),
    // @ts-expect-error -- a misspelt resource
    () => auth.why({ user: 'a' }, 'bilings:read'),
    // @ts-expect-error -- one of several
    () => auth.can({ user: 'a' }, { any: ['billing:read', 'billing:raed'] }),
    // @ts-expect-error -- a callback is for guards
    () => auth.can({ user: 'a' }, () => true),
    // @ts-expect-error -- a misspelt action
    () => grants.add({ account: 'a', permission: 'things:wirte', actor: 'b' }),
    // @ts-expect-error -- a wildcard that covers nothing
    () => grants.add({ account: 'a', permission: 'thing:*', actor: 'b' }),
    // @ts-expect-error -- a misspelt action
    (): ApiKeyEndpointsOptions['defaultScopes'] => ['things:wirte'],
    // @ts-expect-error -- no such resource
    (): ApiKeyEndpointsOptions['permissions'] => ({ write: 'api-key:write' }),
    // @ts-expect-error -- a misspelt action
    (): StoredApiKeysOptions => ({ scopes: ['things:wirte'] }),
    // @ts-expect-error -- a misspelt grant
    () => create({ editor: ['things:wirte'] }),
    // @ts-expect-error -- a wildcard that covers nothing
    () => create({ editor: ['thing:*'] }),
    // @ts-expect-error -- a wildcard that covers nothing
    () => create({ editor: ['*:delete'] }),
    // @ts-expect-error -- no wildcard covers a name of three parts
    () => create({ editor: ['org:*'] }),
    // @ts-expect-error -- a misspelt action
    (): RouteAuth => ({ permission: 'things:wirte' }),
    // @ts-expect-error -- no such value
    () => permissions.things.delete,
    // @ts-expect-error -- not among them
    (): PermissionRule => 'anything',
  ]
}
