import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, sendFixed, type AnswerMode, type FixedAnswer } from '../http/broken-answers.js'
import { sendJson } from '../http/exchange.js'
import { createObjects, type ObjectKey } from './objects.js'
import { workosId } from './workos-id.js'

/** Kinds of objects that have events. */
export type WorkosKind = 'user' | 'organization' | 'organization_membership'

/** An object as the API writes it. */
export interface WorkosObject extends Readonly<Record<string, unknown>> {
  readonly id: string
}

/** An event in the log, as webhooks deliver it and the Events API lists it. */
export interface WorkosLogEvent extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
  readonly created_at: string
}

/**
 * Users, organizations and memberships, whose changes are logged. Controls `GET /events` and the three lists while a
 * test runs.
 */
export interface WorkosDirectory {
  /** How `GET /events` and the lists are answered. */
  mode: AnswerMode | FixedAnswer
  /** How long `GET /events` withholds an event, as WorkOS does, in milliseconds. Default 0. */
  withheldMs: number
  /** Number of requests for `GET /events` and the lists that arrived. */
  readonly calls: number
  /** Events in the order in which they happened; a test may deliver them in any order. */
  readonly log: readonly WorkosLogEvent[]
  create(kind: WorkosKind, fields?: Readonly<Record<string, unknown>>): WorkosObject
  /** @throws {TypeError} There is no such object. */
  update(kind: WorkosKind, id: string, fields: Readonly<Record<string, unknown>>): WorkosObject
  /** @throws {TypeError} There is no such object. */
  delete(kind: WorkosKind, id: string): void
  /** Any other event, such as `session.revoked`. */
  emit(event: string, data: Readonly<Record<string, unknown>>): WorkosLogEvent
}

/** The endpoints and their control. */
export interface EventsEndpoint {
  readonly directory: WorkosDirectory
  /** @param route Such as `GET /events`. */
  has(route: string): boolean
  respond(request: IncomingMessage, response: ServerResponse): void
  /** Finds an object by its own id or by the application's id. */
  find(kind: WorkosKind, by: 'id' | 'external_id', id: string): WorkosObject | undefined
  /** All of them, or those whose field has this value. */
  list(kind: WorkosKind, by?: ObjectKey, value?: string): readonly WorkosObject[]
  /** What an access token states about a user in an organization. */
  rolesOf(user: string, organization: string): Readonly<Record<string, unknown>>
}

const PREFIX: Readonly<Record<WorkosKind, string>> = {
  user: 'user',
  organization: 'org',
  organization_membership: 'om',
}
/** Default fields of each kind. */
const SHAPE: Readonly<Record<WorkosKind, (id: string) => object>> = {
  user: (id) => ({
    email: `${id.toLowerCase()}@example.com`,
    email_verified: true,
    first_name: 'A',
    last_name: 'Name',
    profile_picture_url: null,
    external_id: null,
    metadata: {},
    last_sign_in_at: null,
  }),
  organization: () => ({ name: 'An organization', domains: [], external_id: null, metadata: {} }),
  organization_membership: () => ({
    status: 'active',
    role: { slug: 'member' },
    custom_attributes: {},
    directory_managed: false,
  }),
}
/** Where objects are listed. */
const LISTS: Readonly<Record<string, WorkosKind>> = {
  'GET /user_management/users': 'user',
  'GET /organizations': 'organization',
  'GET /user_management/organization_memberships': 'organization_membership',
}
const MAX_LIMIT = 100

export function createEventsEndpoint(apiKey: string, now: () => number): EventsEndpoint {
  const objects = createObjects()
  const { list } = objects
  const log: WorkosLogEvent[] = []
  const state = { mode: 'ok' as WorkosDirectory['mode'], withheldMs: 0, calls: 0, log }
  const at = (): string => new Date(now()).toISOString()

  function emit(event: string, data: Readonly<Record<string, unknown>>): WorkosLogEvent {
    // Ids increase, as in WorkOS: if two changes share a millisecond, the ids show which came later.
    const id = `event_01${String(log.length).padStart(8, '0')}${workosId('').slice(-16)}`
    const logged = { object: 'event', id, event, data, created_at: at() }
    log.push(logged)
    return logged
  }
  function known(kind: WorkosKind, id: string): WorkosObject {
    const found = objects.get(kind, id)
    if (found === undefined) throw new TypeError(`WorkosDirectory: there is no ${kind} with this id`)
    return found
  }
  function keep(kind: WorkosKind, change: string, object: WorkosObject): WorkosObject {
    objects.set(kind, object)
    emit(`${kind}.${change}`, object)
    return object
  }

  const directory: WorkosDirectory = Object.assign(state, {
    emit,
    create(kind: WorkosKind, fields: Readonly<Record<string, unknown>> = {}) {
      const id = (fields['id'] as string | undefined) ?? workosId(PREFIX[kind])
      const shape = SHAPE[kind](id)
      return keep(kind, 'created', { object: kind, id, ...shape, created_at: at(), updated_at: at(), ...fields })
    },
    update: (kind: WorkosKind, id: string, fields: Readonly<Record<string, unknown>>) =>
      keep(kind, 'updated', { ...known(kind, id), updated_at: at(), ...fields, id }),
    delete(kind: WorkosKind, id: string) {
      const gone = known(kind, id)
      objects.delete(kind, id)
      emit(`${kind}.deleted`, gone)
    },
  })

  return {
    directory,
    list,
    find: (kind, by, id) => (by === 'id' ? objects.get(kind, id) : list(kind, by, id)[0]),
    rolesOf(user, organization) {
      const found = list('organization_membership', 'user_id', user).find(
        (one) => one['organization_id'] === organization && one['status'] === 'active',
      )
      const slugs = (one: unknown): unknown => (one as { readonly slug?: unknown } | undefined)?.slug
      const roles = found?.['roles'] as readonly unknown[] | undefined
      return found === undefined
        ? {}
        : { role: slugs(found['role']), ...(roles !== undefined && { roles: roles.map(slugs) }) }
    },
    has: (route) => route === 'GET /events' || route in LISTS,
    respond(request, response) {
      state.calls++
      const { mode } = state
      if (typeof mode === 'object') return sendFixed(response, mode)
      if (mode !== 'ok') return answer(mode, request, response, '{"data":[]}')
      if (request.headers.authorization !== `Bearer ${apiKey}`)
        return sendJson(response, 401, { message: 'Unauthorized' })
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
      const kind = LISTS[`GET ${pathname}`]
      if (kind !== undefined) return sendList(response, kind, searchParams)
      const shown = log.filter(({ created_at }) => Date.parse(created_at) + state.withheldMs <= now())
      sendJson(response, 200, page(searchParams, shown, isAsked(searchParams)))
    },
  }

  function sendList(response: ServerResponse, kind: WorkosKind, query: URLSearchParams): void {
    if (kind === 'user')
      return sendJson(response, 200, page(query, list(kind, 'email', query.get('email') ?? undefined)))
    if (kind === 'organization') return sendJson(response, 200, page(query, list(kind)))
    const [user, organization] = [query.get('user_id'), query.get('organization_id')]
    if (user === null && organization === null)
      return sendJson(response, 422, { message: 'At least one of user_id or organization_id must be provided.' })
    const statuses = (query.get('statuses') ?? 'active').split(',')
    const all = user === null ? list(kind, 'organization_id', organization!) : list(kind, 'user_id', user)
    const members = all.filter(
      ({ organization_id, status }) =>
        (organization === null || organization_id === organization) && statuses.includes(String(status)),
    )
    sendJson(response, 200, page(query, members))
  }
}

function isAsked(query: URLSearchParams): (event: WorkosLogEvent) => boolean {
  const types = query.get('events')?.split(',') ?? []
  const start = Date.parse(query.get('range_start') ?? '') || 0
  return ({ event, created_at }) => (types.length === 0 || types.includes(event)) && Date.parse(created_at) >= start
}

/** Pages like the API: newest first unless `order` says otherwise. */
function page<T extends { readonly id: string }>(
  query: URLSearchParams,
  shown: readonly T[],
  isListed: (one: T) => boolean = () => true,
): object {
  const limit = Math.min(Number(query.get('limit') ?? 10), MAX_LIMIT)
  const ordered = query.get('order') === 'asc' ? shown : shown.toReversed()
  const rest = ordered.slice(ordered.findIndex(({ id }) => id === query.get('after')) + 1).filter(isListed)
  const data = rest.slice(0, limit)
  return { object: 'list', data, list_metadata: { after: rest.length > limit ? data.at(-1)!.id : null } }
}
