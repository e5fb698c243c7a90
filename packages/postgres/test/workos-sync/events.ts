import type { Query, WorkosEvent, WorkosObjectKind } from '@dualauth/core'
import fc from 'fast-check'

/** Milliseconds; few of them, so that changes often share one. */
const START = Date.UTC(2026, 10, 1)

export const at = (ms: number): string => new Date(START + ms).toISOString()

let made = 0
/** An event about an object; ids of events rise with each. */
export function event(type: string, data: Readonly<Record<string, unknown>>, ms: number, id?: string): WorkosEvent {
  const eventId = id ?? `event_${String(++made).padStart(6, '0')}`
  return { id: eventId, event: type, createdAt: at(ms), data: { updated_at: at(ms), ...data } }
}

type Step =
  | {
      readonly kind: 'user' | 'organization'
      readonly id: string
      readonly external: string | null
      readonly ends: boolean
    }
  | {
      readonly kind: 'membership'
      readonly user: string
      readonly organization: string
      readonly status: string
      readonly roles: readonly string[]
      readonly ends: boolean
    }

const users = fc.constantFrom('user_1', 'user_2', 'user_3')
const organizations = fc.constantFrom('org_1', 'org_2')
const external = fc.option(fc.constantFrom('a', 'b'), { nil: null })
const ends = fc.boolean()
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('user' as const), id: users, external, ends }),
  fc.record({ kind: fc.constant('organization' as const), id: organizations, external, ends }),
  fc.record({
    kind: fc.constant('membership' as const),
    user: users,
    organization: organizations,
    status: fc.constantFrom('active', 'inactive', 'pending'),
    roles: fc.subarray(['admin', 'member', 'auditor']),
    ends,
  }),
)

/** What happened at WorkOS: a log in its own order, in which several things happen in one moment. */
const logs: fc.Arbitrary<readonly WorkosEvent[]> = fc
  .array(fc.tuple(step, fc.nat({ max: 2 })), { minLength: 1, maxLength: 14 })
  .map((steps) => {
    const known = new Set<string>()
    const gone = new Map<string, number>()
    let clock = 0
    return steps.flatMap(([what, pause]) => {
      clock += pause
      // What was deleted gets another id when it is made again.
      const name = what.kind === 'membership' ? `om_${what.user}_${what.organization}` : what.id
      const id = `${name}_${gone.get(name) ?? 0}`
      const type = what.kind === 'membership' ? 'organization_membership' : what.kind
      const change = !known.has(id) ? 'created' : what.ends ? 'deleted' : 'updated'
      known.add(id)
      if (change === 'deleted') gone.set(name, (gone.get(name) ?? 0) + 1)
      const data =
        what.kind === 'membership'
          ? {
              id,
              user_id: what.user,
              organization_id: what.organization,
              status: what.status,
              role: { slug: what.roles[0] ?? 'member' },
              ...(what.roles.length > 0 && { roles: what.roles.map((slug) => ({ slug })) }),
            }
          : { id, external_id: what.external, email: `${id}@example.com` }
      return [event(`${type}.${change}`, data, clock)]
    })
  })

/** How a log arrives: in another order, with repetitions, and without some, which are fetched afterwards. */
export interface Arrival {
  readonly log: readonly WorkosEvent[]
  readonly arriving: readonly WorkosEvent[]
  readonly fetched: readonly WorkosEvent[]
}

export const arrivals: fc.Arbitrary<Arrival> = logs.chain((log) =>
  fc
    .tuple(fc.shuffledSubarray([...log, ...log, ...log]), fc.shuffledSubarray([...log], { minLength: log.length }))
    .map(([arriving, again]) => ({ log, arriving, fetched: again })),
)

/** A list of the API, as it was read at some moment between two events. */
export interface Listed {
  readonly kind: WorkosObjectKind
  readonly objects: readonly WorkosEvent['data'][]
}

export interface ImportedArrival {
  readonly log: readonly WorkosEvent[]
  /** Where webhooks begin to arrive: what happened before is known from the lists alone. */
  readonly from: number
  /** Events from there on and lists, in whichever order. */
  readonly arriving: readonly (WorkosEvent | Listed)[]
}

/** An import beside webhooks: each list is read at a moment of its own, and written whenever. */
export const imports: fc.Arbitrary<ImportedArrival> = logs.chain((log) =>
  fc.nat({ max: log.length }).chain((from) => {
    const moment = fc.integer({ min: from, max: log.length })
    return fc.tuple(moment, moment, moment).chain((moments) => {
      const lists = KINDS.map((kind, index) => ({ kind, objects: listAt(log.slice(0, moments[index]), kind) }))
      const parts = [...log.slice(from), ...lists]
      return fc
        .tuple(fc.shuffledSubarray(parts, { minLength: parts.length }), fc.shuffledSubarray(parts))
        .map(([whole, again]) => ({ log, from, arriving: [...whole, ...again] }))
    })
  }),
)

const KINDS = ['user', 'organization', 'organization_membership'] as const

/** What is there after these events. */
function listAt(log: readonly WorkosEvent[], kind: WorkosObjectKind): readonly WorkosEvent['data'][] {
  const there = new Map<unknown, WorkosEvent['data']>()
  for (const { event: type, data } of log) {
    if (type === `${kind}.deleted`) there.delete(data['id'])
    else if (type.startsWith(`${kind}.`)) there.set(data['id'], data)
  }
  return [...there.values()]
}

/** What the tables say of objects that were not deleted, whichever event said it. */
export async function statesOf(query: Query): Promise<unknown> {
  const rows = (columns: string, table: string) =>
    query(`select id, ${columns}, updated_at::text from dualauth.workos_${table} where not deleted order by id`, [])
  return {
    users: await rows('external_id', 'user'),
    organizations: await rows('external_id', 'organization'),
    memberships: await rows('user_id, organization_id, status, to_json(roles)::text as roles', 'membership'),
  }
}

/** All that the tables hold but when it was written. */
export async function tablesOf(query: Query): Promise<unknown> {
  const rows = (sql: string) => query(sql, [])
  return {
    users: await rows(
      'select id, external_id, deleted, updated_at::text, event_at::text, event_id from dualauth.workos_user order by id',
    ),
    organizations: await rows(
      'select id, external_id, deleted, updated_at::text, event_at::text, event_id from dualauth.workos_organization order by id',
    ),
    memberships: await rows(
      'select id, user_id, organization_id, status, to_json(roles)::text as roles, deleted, updated_at::text, event_at::text, event_id from dualauth.workos_membership order by id',
    ),
    events: await rows(
      'select id, type, created_at::text, (settled_at is not null)::text as settled from dualauth.workos_event order by id',
    ),
  }
}

export async function emptyTables(run: (script: string) => Promise<void>): Promise<void> {
  const tables = ['event', 'user', 'organization', 'membership', 'cursor', 'import']
  // Of few rows quicker than `truncate`, which makes new files for tables and indexes.
  await run(tables.map((table) => `delete from dualauth.workos_${table};`).join('\n'))
}
