import type { DualAuth } from '@dualauth/core'
import {
  authenticatedRequirement,
  isBodyAsSent,
  mountedRequest,
  runGuard,
  type WebHandler,
} from '@dualauth/core/adapter'
import { createEndpoints } from './endpoints.js'

/** A handler of the web platform, for apps that mount one, and what cases ask about it. */
export interface MountedWeb {
  readonly handler: WebHandler
  /** Lets `/stream` go on. */
  release(): void
  /** Resolves once `/forever` has begun. */
  readonly begun: Promise<void>
  /** Resolves with what told the handler that its client is gone: its stream, or its signal. */
  readonly gone: Promise<'cancelled' | 'aborted'>
}

export function createMountedWeb(auth: DualAuth): MountedWeb {
  const [released, begun, gone] = [deferred<void>(), deferred<void>(), deferred<'cancelled' | 'aborted'>()]
  const routes: Readonly<Record<string, WebHandler>> = {
    ...createEndpoints(auth),
    echo: async (request) => {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      const text = await request.text()
      const [type, token] = [headers.get('content-type'), headers.get('x-token')]
      return Response.json({ method, path: pathname, search, type, token, text, isAsSent: isBodyAsSent(request) })
    },
    length: async (request) => Response.json({ length: (await request.arrayBuffer()).byteLength }),
    unread: () => new Response('too large', { status: 413 }),
    cookies() {
      const headers = new Headers({ 'x-own': 'yes', vary: 'x-own', 'cache-control': 'max-age=5' })
      for (const cookie of ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'c=3'])
        headers.append('set-cookie', cookie)
      return new Response('made', { status: 201, headers })
    },
    stream: () =>
      new Response(
        chunks(async function* () {
          yield 'one'
          await released.promise
          yield 'two'
        }),
      ),
    silent: () =>
      new Response(
        chunks(async function* () {
          await released.promise
          yield 'late'
        }),
        { headers: { 'x-own': 'early' } },
      ),
    breaks: () =>
      new Response(
        chunks(async function* () {
          yield 'one'
          await new Promise((resolve) => setTimeout(resolve, 20))
          throw new Error('the stream broke')
        }),
      ),
    forever(request) {
      request.signal.addEventListener('abort', () => gone.resolve('aborted'))
      begun.resolve()
      const body = new ReadableStream<Uint8Array>({ cancel: () => gone.resolve('cancelled') })
      return new Response(body)
    },
    empty: () => new Response(null, { status: 204 }),
    throws: () => Promise.reject(new Error('the handler has a bug')),
    nothing: () => undefined as unknown as Response,
    me: async (request) => {
      const { state, native } = mountedRequest(request)
      const verdict = await runGuard(state, auth, request, native, authenticatedRequirement([]))
      if (verdict.kind === 'pass') return Response.json({ id: verdict.principal?.id, isNative: native !== request })
      return new Response(null, { status: verdict.kind === 'refuse' ? verdict.answer.status : 204 })
    },
  }
  return {
    handler: (request) => {
      const route = new URL(request.url).pathname.split('/')[2] ?? ''
      return (routes[route] ?? (() => new Response('none', { status: 404 })))(request)
    },
    release: () => released.resolve(),
    begun: begun.promise,
    gone: gone.promise,
  }
}

function chunks(write: () => AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const source = write()
  return new ReadableStream({
    async pull(controller) {
      const next = await source.next()
      if (next.done === true) controller.close()
      else controller.enqueue(new TextEncoder().encode(next.value))
    },
  })
}

function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve = (_value: T): void => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
