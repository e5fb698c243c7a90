import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { AbortController as AbortControllerOfRn, AbortSignal as AbortSignalOfRn } from 'abort-controller'
import { vi } from 'vitest'
// @ts-expect-error It has no types.
import * as untyped from 'whatwg-fetch'

const fetchOfRn = untyped as Readonly<Record<'fetch' | 'Headers' | 'Request' | 'Response', unknown>>

/** What browsers and Node have, and a phone has not. */
const MISSING = [
  'BroadcastChannel',
  'DOMException',
  'ReadableStream',
  'TextDecoderStream',
  'document',
  'indexedDB',
  'localStorage',
  'location',
  'sessionStorage',
  'structuredClone',
] as const

/**
 * Leaves what React Native documents as present: `fetch`, `Headers`, `Request` and `Response` of `whatwg-fetch` over an
 * `XMLHttpRequest` of the platform, and the `AbortController` of `abort-controller`, which knows no reason. Its answers have no stream, it follows
 * redirects by itself, and there are no locks, no channels and no storage.
 */
export function stubReactNative(): void {
  for (const name of MISSING) vi.stubGlobal(name, undefined)
  vi.stubGlobal('navigator', { product: 'ReactNative' })
  vi.stubGlobal('XMLHttpRequest', XMLHttpRequestOfPhone)
  vi.stubGlobal('AbortController', AbortControllerOfRn)
  vi.stubGlobal('AbortSignal', AbortSignalOfRn)
  const { fetch, Headers, Request, Response } = fetchOfRn
  for (const [name, value] of Object.entries({ fetch, Headers, Request, Response })) vi.stubGlobal(name, value)
}

/** As much of it as `whatwg-fetch` uses; redirects are followed, as phones do. */
function XMLHttpRequestOfPhone(this: Record<string, unknown>): void {
  const headers: Record<string, string> = {}
  let [method, url] = ['GET', '']
  let running: ClientRequest | null = null
  let answered: IncomingMessage | null = null
  const call = (name: string): void => (this[name] as (() => void) | undefined)?.()
  const go = (address: string, body: string | null): void => {
    running = request(address, { method, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: sent } = response
      if (status >= 300 && status < 400 && sent.location !== undefined)
        return go(new URL(sent.location, address).href, body)
      answered = response
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => {
        Object.assign(this, { status, statusText: '', responseURL: address, readyState: 4, responseText: text })
        call('onload')
      })
    })
    running.on('error', () => call('onerror'))
    running.end(body ?? undefined)
  }
  Object.assign(this, {
    readyState: 0,
    status: 0,
    open: (how: string, where: string) => ([method, url] = [how, where]),
    setRequestHeader: (name: string, value: string) => (headers[name] = value),
    getAllResponseHeaders: () =>
      Object.entries(answered?.headers ?? {})
        .map((pair) => pair.join(': '))
        .join('\r\n'),
    abort() {
      running
        ?.removeAllListeners('error')
        .on('error', () => {})
        .destroy()
      call('onabort')
    },
    send: (body: string | null) => go(url, body),
  })
}
