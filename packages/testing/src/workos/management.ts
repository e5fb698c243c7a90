import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, sendFixed, type AnswerMode, type FixedAnswer } from '../http/broken-answers.js'
import { readFields, sendJson } from '../http/exchange.js'
import type { EventsEndpoint } from './directory.js'
import { createManagementWrites, type Answer } from './management-writes.js'
import { matchRoute } from './management-routes.js'

/** A request that reads, creates, changes or deletes one object. */
export interface WorkosRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
}

/** How such a request fails. */
export interface WorkosFailure {
  readonly mode: AnswerMode | FixedAnswer
  /** True: the request is carried out, but the answer is broken. Default false: nothing is carried out. */
  readonly commits?: boolean
}

/**
 * Users, organizations and memberships of the directory, one at a time, as the API creates, reads, changes and deletes
 * them. Each change is an event in `FakeWorkos.directory`.
 */
export interface WorkosManagement {
  /** Called for each request. Default: none fails. */
  fails: (request: WorkosRequest) => WorkosFailure | null
  /** Requests that arrived, in order. */
  readonly requests: readonly WorkosRequest[]
}

/** The endpoints and their control. */
export interface ManagementEndpoint {
  readonly management: WorkosManagement
  has(route: string): boolean
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>
}

export function createManagementEndpoint(apiKey: string, events: EventsEndpoint): ManagementEndpoint {
  const requests: WorkosRequest[] = []
  const management: WorkosManagement = { fails: () => null, requests }
  const writes = createManagementWrites(events)

  function perform(method: string, path: string, fields: Readonly<Record<string, unknown>>): Answer {
    const matched = matchRoute(path)!
    const { kind, by, id } = matched
    if (method === 'POST' && by === 'all') return writes.create(kind, fields)
    const found = by === 'all' ? undefined : events.find(kind, by === 'id' ? 'id' : 'external_id', id)
    if (found === undefined)
      return { status: 404, body: { message: `${kind} not found`, code: 'entity_not_found', entity_id: id } }
    if (method === 'GET') return { status: 200, body: found }
    if (method === 'PUT' && by === 'id') return writes.update(kind, found, fields)
    if (method === 'DELETE' && by === 'id') return writes.remove(kind, found)
    return { status: 404, body: { message: 'Not Found' } }
  }

  return {
    management,
    has(route) {
      const [method, path] = route.split(' ') as [string, string]
      const matched = matchRoute(path)
      return matched !== null && (matched.by !== 'all' || method === 'POST')
    },
    async respond(request, response) {
      const { method = 'GET' } = request
      const path = (request.url ?? '/').split('?')[0]!
      const asked = { method, path }
      requests.push(asked)
      const fields = await readFields(request)
      const failure = management.fails(asked)
      if (failure !== null && failure.commits !== true) return fail(failure, request, response)
      if (request.headers.authorization !== `Bearer ${apiKey}`)
        return sendJson(response, 401, { message: 'Unauthorized' })
      const { status, body } = perform(method, path, fields)
      if (failure !== null) return fail(failure, request, response)
      if (body === null) return void response.writeHead(status).end()
      sendJson(response, status, body)
    },
  }
}

function fail({ mode }: WorkosFailure, request: IncomingMessage, response: ServerResponse): void {
  if (typeof mode === 'object') return sendFixed(response, mode)
  answer(mode, request, response, '{}')
}
