import type { FetchedJson } from '@dualauth/core/adapter'
import { TargetError } from '../../ports/target-error.js'
import type { TargetCall } from '../../ports/target.js'
import { askJson } from '../ask-json.js'
import { TOKEN, type Settings } from './options.js'
import { refusalOf, type Refusal } from './refusal.js'

/** A user or a group, as the directory writes it. */
export type Resource = Readonly<Record<string, unknown>> & { readonly id: string }

/** One step of a PATCH. */
export interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string
  readonly value?: unknown
}

/** The protocol, within one call of the target. */
export interface Api {
  /**
   * Null: it does not exist.
   * @param attributes Default: all.
   */
  readonly read: (path: string, attributes?: string) => Promise<Resource | null>
  /** What matches the filter, at most ten. Null: the filter was refused. */
  readonly list: (path: string, filter: string, attributes: string) => Promise<readonly Resource[] | null>
  /** Any document, such as the service provider's configuration. Null: it does not exist. */
  readonly document: (path: string) => Promise<unknown>
  readonly create: (path: string, body: object) => Promise<Resource | Refusal>
  /** @param version The version it must still have, if the directory has versions. */
  readonly patch: (path: string, operations: readonly Operation[], version: string | null) => Promise<Changed>
  readonly remove: (path: string, version: string | null) => Promise<Changed>
}

/** `absent`: 404. */
export type Changed = 'changed' | 'absent' | Refusal

const COUNT = 10
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

export function openApi(settings: Settings, call: TargetCall): Api {
  const send = (method: string, path: string, more: Sent = {}) => ask(settings, call, method, path, more)
  const change = async (method: string, path: string, more: Sent): Promise<Changed> => {
    const answer = await send(method, path, more)
    if (answer.status < 300) return 'changed'
    return answer.status === 404 ? 'absent' : refusalOf(answer)
  }
  return {
    async read(path, attributes) {
      const { status, body } = await send('GET', attributes === undefined ? path : `${path}?attributes=${attributes}`)
      if (status === 404) return null
      if (status !== 200) throw new TargetError('rejected', { code: `status_${status}` })
      return resourceOf(body, 'retryable')
    },
    async list(path, filter, attributes) {
      const query = new URLSearchParams({ filter, attributes, startIndex: '1', count: String(COUNT) })
      const { status, body } = await send('GET', `${path}?${query.toString().replaceAll('+', '%20')}`)
      // At an address that does not exist, nothing would be found, and everything would be created again.
      if (status === 404) throw new TargetError('fatal', { code: 'no_such_endpoint' })
      if (status !== 200) return null
      return resourcesOf(body)
    },
    async document(path) {
      const { status, body } = await send('GET', path)
      return status === 200 ? body : null
    },
    async create(path, body) {
      const answer = await send('POST', path, { body })
      if (answer.status === 404) throw new TargetError('fatal', { code: 'no_such_endpoint' })
      if (answer.status === 200) return resourceOf(answer.body, 'unknown_outcome')
      return refusalOf(answer)
    },
    patch: (path, operations, version) =>
      change('PATCH', path, { body: { schemas: [PATCH_SCHEMA], Operations: operations }, version }),
    remove: (path, version) => change('DELETE', path, { version }),
  }
}

interface Sent {
  readonly body?: object
  readonly version?: string | null
}

function ask(
  settings: Settings,
  call: TargetCall,
  method: string,
  path: string,
  { body, version = null }: Sent,
): Promise<FetchedJson> {
  const { baseUrl, timeoutMs, fetch } = settings
  return askJson(call, {
    method,
    url: `${baseUrl}${path}`,
    token: () => tokenOf(settings),
    accept: 'application/scim+json, application/json',
    type: 'application/scim+json',
    body,
    headers: version === null ? {} : { 'if-match': version },
    timeoutMs,
    fetch,
    assertType,
    // Not every directory refuses a duplicate.
    isWaitedFor: method === 'POST',
  })
}

function assertType({ headers }: Response): void {
  if (!/[/+]json\b/i.test(headers.get('content-type') ?? '')) throw new Error('answer: no JSON')
}

async function tokenOf({ token }: Settings): Promise<string> {
  if (typeof token === 'string') return token
  const given: unknown = await Promise.resolve()
    .then(token)
    .catch((): never => {
      throw new TargetError('retryable', { code: 'token_unavailable' })
    })
  if (typeof given !== 'string' || !TOKEN.test(given)) throw new TargetError('fatal', { code: 'token_invalid' })
  return given
}

function resourceOf(body: unknown, kind: 'retryable' | 'unknown_outcome'): Resource {
  const id = (body as { readonly id?: unknown } | null)?.id
  // Ids are put into paths, where dots alone would be another path, and a lone surrogate is not valid.
  if (typeof id !== 'string' || id.length === 0 || id.length > 1024 || /^\.{1,2}$/.test(id) || !id.isWellFormed())
    throw new TargetError(kind, { code: 'answer_unreadable' })
  return body as Resource
}

function resourcesOf(body: unknown): readonly Resource[] {
  const { Resources: listed, totalResults } = (body ?? {}) as {
    readonly Resources?: unknown
    readonly totalResults?: unknown
  }
  // RFC 7644 section 3.4.2: without results, the list may be left out.
  if (listed === undefined && totalResults === 0) return []
  if (!Array.isArray(listed)) throw new TargetError('retryable', { code: 'answer_unreadable' })
  return listed.map((one) => resourceOf(one, 'retryable'))
}
