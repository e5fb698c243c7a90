import { createServer } from 'node:http'
import express from 'express'
import SCIMMY from 'scimmy'
import SCIMMYRouters from 'scimmy-routers'
import { listening } from './listening.js'
import type { ScimServer } from './directory.js'

type Row = Record<string, unknown> & { id: string; meta: { version: string; created: string; lastModified: string } }

/** What SCIMMY hands to its handlers. */
interface Asked {
  readonly id?: string
  readonly filter?: { readonly match: (rows: readonly Row[]) => Row[] }
}

/** What one directory holds. */
interface Store {
  readonly users: Map<string, Row>
  readonly groups: Map<string, Row>
}

declareResources()

/**
 * A directory in memory over SCIMMY: every filter of RFC 7644, `externalId` and `displayName` are not unique, versions and `If-Match`.
 * A group is answered as a whole, also after a PATCH.
 */
export async function startScimmy(): Promise<Required<ScimServer>> {
  const store: Store = { users: new Map(), groups: new Map() }
  const token = crypto.randomUUID()
  const app = express()
  app.use('/scim/v2', (request, response, next) => {
    const [, kind, id = ''] = request.path.split('/')
    const there = (kind === 'Users' ? store.users : store.groups).get(decodeURIComponent(id))
    const expected = request.get('if-match')
    if (expected === undefined || there === undefined || there.meta.version === expected) return next()
    response.status(412).json({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '412' })
  })
  const handler = (request: { header: (name: string) => string | undefined }): string => {
    if (request.header('authorization') !== `Bearer ${token}`) throw new Error('no such token')
    return 'import'
  }
  app.use('/scim/v2', new SCIMMYRouters({ type: 'bearer', handler, context: () => store }))
  const { origin, close } = await listening(createServer(app))
  // It hands out twenty by GET, whatever is asked for.
  const all = (path: string) => [...(path === '/Users' ? store.users : store.groups).values()]
  return { url: `${origin}/scim/v2`, token, all, close }
}

/** SCIMMY knows of one set of resources in a process; which store they are in, each request says. */
function declareResources(): void {
  const { User, Group } = SCIMMY.Resources
  SCIMMY.Resources.declare(User, {
    ingress: (resource: Asked, instance: Readonly<Record<string, unknown>>, store: Store) => {
      const name = String(instance['userName']).toLowerCase()
      for (const one of store.users.values())
        if (one.id !== resource.id && String(one['userName']).toLowerCase() === name)
          throw new SCIMMY.Types.Error(409, 'uniqueness', 'that user name is taken')
      return written(store.users, resource.id, instance) as never
    },
    egress: (resource: Asked, store: Store) =>
      read(
        resource,
        [...store.users.values()].map((one) => withGroups(one, store)),
      ),
    degress: (resource: Asked, store: Store) => {
      gone(store.users, resource.id)
      for (const group of store.groups.values())
        group['members'] = membersOf(group).filter(({ value }) => value !== resource.id)
    },
  })
  SCIMMY.Resources.declare(Group, {
    ingress: (resource: Asked, instance: Readonly<Record<string, unknown>>, store: Store) => {
      for (const { value } of membersOf(instance))
        if (!store.users.has(value)) throw new SCIMMY.Types.Error(400, 'invalidValue', 'no such user')
      return written(store.groups, resource.id, instance) as never
    },
    egress: (resource: Asked, store: Store) => read(resource, [...store.groups.values()]),
    degress: (resource: Asked, store: Store) => gone(store.groups, resource.id),
  })
}

function membersOf(group: Readonly<Record<string, unknown>>): readonly { readonly value: string }[] {
  return (group['members'] ?? []) as readonly { readonly value: string }[]
}

function withGroups(user: Row, { groups }: Store): Row {
  const own = [...groups.values()].filter((group) => membersOf(group).some(({ value }) => value === user.id))
  return { ...user, groups: own.map(({ id }) => ({ value: id })) } as Row
}

function written(rows: Map<string, Row>, given: string | undefined, instance: object): Row {
  const id = given ?? crypto.randomUUID()
  const before = rows.get(id)
  if (given !== undefined && before === undefined) throw new SCIMMY.Types.Error(404, null as never, 'not there')
  const now = new Date().toISOString()
  const content = JSON.parse(JSON.stringify(instance)) as object
  const version = `W/"${Number(before?.meta.version.replaceAll(/\D/g, '') ?? 0) + 1}"`
  const row = { ...content, id, meta: { version, created: before?.meta.created ?? now, lastModified: now } } as Row
  rows.set(id, row)
  return row
}

function read({ id, filter }: Asked, all: readonly Row[]): never {
  if (id === undefined) return (filter?.match(all) ?? all) as never
  const found = all.find((one) => one.id === id)
  if (found === undefined) throw new SCIMMY.Types.Error(404, null as never, 'not there')
  return found as never
}

function gone(rows: Map<string, Row>, id: string | undefined): void {
  if (!rows.delete(id ?? '')) throw new SCIMMY.Types.Error(404, null as never, 'not there')
}
