import type { Settings } from './options.js'
import type { Dressed } from './session.js'

/** A call of `fetch` that may be sent more than once. */
export interface Call {
  /** Whether credentials go along. One that goes elsewhere, or brings what it needs, is sent as it stands. */
  readonly isOurs: boolean
  readonly signal: AbortSignal | null
  /** A stream is read once. */
  readonly isRepeatable: boolean
  /** Whether it may be repeated although the server may have begun with it. */
  readonly isIdempotent: boolean
  /** @param dressed Null: with nothing added. */
  send(dressed: Dressed | null): Promise<Response>
}

type Input = Parameters<typeof fetch>[0]
const IDEMPOTENT = /^(get|head|put|delete|options)$/i

export function readCall(settings: Settings, input: Input, init: RequestInit = {}): Call {
  const request = typeof input === 'object' && 'headers' in input ? input : null
  const url = request === null ? settings.resolve(String(input)) : new URL(request.url)
  const given = new Headers(init.headers ?? request?.headers)
  const isRepeatable = !isStream(init.body)
  return {
    isOurs:
      settings.isOurs(url) && (init.credentials ?? request?.credentials) !== 'omit' && !given.has('authorization'),
    signal: init.signal ?? request?.signal ?? null,
    isRepeatable,
    isIdempotent: IDEMPOTENT.test(init.method ?? request?.method ?? 'GET'),
    send(dressed) {
      if (dressed === null) return settings.fetch(request ?? url.href, init)
      const { credentials, authorization } = dressed
      const headers = new Headers(given)
      if (authorization !== null) headers.set('authorization', authorization)
      // A clone: a body of a request is read once.
      return settings.fetch(request?.clone() ?? url.href, { ...init, headers, credentials })
    },
  }
}

function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  return 'getReader' in body || Symbol.asyncIterator in body
}
