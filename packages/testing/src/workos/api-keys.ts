import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, sendFixed, type AnswerMode, type FixedAnswer } from '../http/broken-answers.js'
import { readFields, sendJson } from '../http/exchange.js'
import { assertKnown, type Known } from '../known-options.js'
import { workosId } from './workos-id.js'

/** The owner and permissions of a WorkOS API key. */
export interface WorkosApiKeyOptions {
  /** An organization's id, or a user in an organization. */
  readonly owner: string | { readonly userId: string; readonly organizationId: string }
  /** Slugs. Default: none. */
  readonly permissions?: readonly string[]
  /** Milliseconds since the epoch. Default: never expires. */
  readonly expiresAt?: number
  /** Default `sk_`; older keys begin with `wos_api_key_`. */
  readonly prefix?: string
}

/** A WorkOS API key; `value` is the credential. */
export interface WorkosApiKey {
  readonly id: string
  readonly value: string
}

/** Controls `POST /api_keys/validations` while a test runs. */
export interface WorkosApiKeys {
  mode: AnswerMode | FixedAnswer
  /** Delay before an answer, in real milliseconds. Default 0. */
  latencyMs: number
  /** Number of requests that arrived. */
  readonly calls: number
  issue(options: WorkosApiKeyOptions): WorkosApiKey
  revoke(id: string): void
}

/** The endpoint and its control. */
export interface ValidationsEndpoint {
  readonly apiKeys: WorkosApiKeys
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>
}

interface Stored {
  readonly id: string
  readonly expiresAt: number | null
  readonly body: object
}

const ISSUE: Known<WorkosApiKeyOptions> = { owner: true, permissions: true, expiresAt: true, prefix: true }

export function createValidationsEndpoint(managementKey: string, now: () => number): ValidationsEndpoint {
  const keys = new Map<string, Stored>()
  const state = { mode: 'ok' as WorkosApiKeys['mode'], latencyMs: 0, calls: 0 }
  const apiKeys: WorkosApiKeys = Object.assign(state, {
    issue(options: WorkosApiKeyOptions) {
      assertKnown(options, ISSUE, 'WorkosApiKeys.issue')
      const id = workosId('api_key')
      const value = `${options.prefix ?? 'sk_'}${workosId('x').slice(4).toLowerCase()}`
      keys.set(value, { id, expiresAt: options.expiresAt ?? null, body: describe(id, value, options, now()) })
      return { id, value }
    },
    revoke(id: string) {
      for (const [value, stored] of keys) if (stored.id === id) keys.delete(value)
    },
  })

  return {
    apiKeys,
    async respond(request, response) {
      state.calls++
      const { value } = await readFields(request)
      if (state.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, state.latencyMs))
      if (typeof state.mode === 'object') return sendFixed(response, state.mode)
      if (state.mode !== 'ok') return answer(state.mode, request, response, '{}')
      if (request.headers.authorization !== `Bearer ${managementKey}`)
        return sendJson(response, 401, { message: 'Unauthorized' })
      const stored = keys.get(String(value))
      const good = stored !== undefined && (stored.expiresAt === null || stored.expiresAt > now())
      sendJson(response, 200, { api_key: good ? stored.body : null })
    },
  }
}

function describe(id: string, value: string, { owner, permissions = [], expiresAt }: WorkosApiKeyOptions, now: number) {
  const at = new Date(now).toISOString()
  return {
    object: 'api_key',
    id,
    owner:
      typeof owner === 'string'
        ? { type: 'organization', id: owner }
        : { type: 'user', id: owner.userId, organization_id: owner.organizationId },
    name: 'A key',
    obfuscated_value: `sk_...${value.slice(-4)}`,
    last_used_at: null,
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    permissions,
    created_at: at,
    updated_at: at,
  }
}
