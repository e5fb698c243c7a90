import type { FetchedJson } from '@dualauth/core/adapter'
import { TargetError } from '../../ports/target-error.js'
import type { TargetCall } from '../../ports/target.js'
import { askJson } from '../ask-json.js'
import type { Settings } from './options.js'
import { refusalOf, type Refusal } from './refusal.js'

/** An object of WorkOS, as its API writes it. */
export type WorkosObject = Readonly<Record<string, unknown>> & { readonly id: string }

type Body = Readonly<Record<string, unknown>>

/** The result of a request that changes something. */
export type Written =
  | { readonly outcome: 'written'; readonly object: WorkosObject }
  /** 404: of the object, or of one that it names. */
  | { readonly outcome: 'absent' }
  | Refusal

/** The management API, within one call of the target. */
export interface Api {
  /** Null: it does not exist. */
  readonly read: (path: string) => Promise<WorkosObject | null>
  /** At most 100 of them. */
  readonly list: (path: string, query: Readonly<Record<string, string>>) => Promise<readonly WorkosObject[]>
  readonly write: (method: 'POST' | 'PUT', path: string, body: Body) => Promise<Written>
  /** May be repeated. */
  readonly remove: (path: string) => Promise<'removed' | 'absent' | Refusal>
}

export function openApi(settings: Settings, call: TargetCall): Api {
  const read = async (path: string): Promise<FetchedJson> => {
    const answer = await ask(settings, call, 'GET', path)
    if (answer.status === 200 || answer.status === 404) return answer
    throw new TargetError('rejected', { code: `status_${answer.status}` })
  }
  return {
    async read(path) {
      const { status, body } = await read(path)
      return status === 404 ? null : objectOf(body, 'retryable')
    },
    async list(path, query) {
      const { status, body } = await read(`${path}?${new URLSearchParams({ ...query, limit: '100' }).toString()}`)
      const data = (body as { readonly data?: unknown } | null)?.data
      if (status === 404) return []
      if (!Array.isArray(data)) throw new TargetError('retryable', { code: 'answer_unreadable' })
      return data.map((one) => objectOf(one, 'retryable'))
    },
    async write(method, path, body) {
      const answer = await ask(settings, call, method, path, body)
      if (answer.status === 200) return { outcome: 'written', object: objectOf(answer.body, 'unknown_outcome') }
      return answer.status === 404 ? { outcome: 'absent' } : refusalOf(answer)
    },
    async remove(path) {
      const answer = await ask(settings, call, 'DELETE', path)
      if (answer.status < 300) return 'removed'
      return answer.status === 404 ? 'absent' : refusalOf(answer)
    },
  }
}

function ask(
  { apiUrl, apiKey, timeoutMs, fetch }: Settings,
  call: TargetCall,
  method: string,
  path: string,
  body?: Body,
): Promise<FetchedJson> {
  return askJson(call, {
    method,
    url: `${apiUrl}${path}`,
    token: () => apiKey,
    accept: 'application/json',
    type: 'application/json',
    body,
    timeoutMs,
    fetch,
  })
}

function objectOf(body: unknown, kind: 'retryable' | 'unknown_outcome'): WorkosObject {
  const id = (body as { readonly id?: unknown } | null)?.id
  // Ids are put into paths.
  if (typeof id !== 'string' || !/^\w{1,128}$/.test(id)) throw new TargetError(kind, { code: 'answer_unreadable' })
  return body as WorkosObject
}
