import { Readable } from 'node:stream'
import {
  asError,
  assertResponse,
  AuthError,
  assertWebHandler,
  fieldsOf,
  goneSignal,
  handOver,
  webRequest,
  writeOnCommit,
  type NodeBody,
  type WebHandler,
} from '@dualauth/core/adapter'
import type { FastifyContextConfig, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { stateOf } from './enforce.js'

/** The options of `app.register(mountHandler, …)`. */
export interface MountHandlerOptions {
  /** A web handler. */
  readonly handler: WebHandler
  /** The `config` of its routes. `{ auth: false }` opens them if `dualAuth` is registered with `default: 'deny'`. */
  readonly config?: FastifyContextConfig
}

/**
 * Mounts a web handler, such as those of `@dualauth/endpoints`, on every path below `prefix`. The handler gets the
 * whole URL, including the prefix; the body as it was sent, without Fastify's parsers; and a `signal` that aborts when
 * the client is gone. Its answer is streamed through the hooks of the app, and every `Set-Cookie` is passed on.
 *
 * It does not protect the handler, which must do so itself. Results of guards above it are reused.
 *
 * @throws {AuthError} `configuration_invalid`: the handler is not a function, or there is no prefix here or above.
 * @example await app.register(mountHandler, { prefix: '/api-keys', handler: apiKeyEndpoints({ auth, keys, prefix:
 * 'sk_live_' }) })
 */
export const mountHandler: FastifyPluginAsync<MountHandlerOptions> = (app, options) => {
  // Thrown at once where it was called by hand, as it is written in other frameworks.
  if (typeof app?.addContentTypeParser !== 'function')
    throw new AuthError('configuration_invalid', { message: `mountHandler: write ${WRITE_MOUNT}` })
  return mount(app, options)
}

const WRITE_MOUNT = "await app.register(mountHandler, { prefix: '/path', handler })"

async function mount(app: FastifyInstance, { handler, config }: MountHandlerOptions): Promise<void> {
  assertWebHandler(handler)
  // Without one, the handler would answer every path that nothing else does. `prefix: '/'` says that this is meant.
  if (app.prefix === '')
    throw new AuthError('configuration_invalid', { message: `mountHandler.prefix: is missing; write ${WRITE_MOUNT}` })
  // Of this context alone: the body stays a stream, whatever its type is.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  const options = config === undefined ? {} : { config }
  const serve = (request: FastifyRequest, reply: FastifyReply) => answer(handler, request, reply)
  app.all('/', options, serve)
  app.all('/*', options, serve)
}

async function answer(handler: WebHandler, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { method, headers, originalUrl, protocol, raw } = request
  const state = stateOf(request)
  const asked = webRequest({
    request: { method, headers, rawHeaders: raw.rawHeaders, originalUrl },
    protocol,
    // Hooks may have put another stream in its place, such as one that inflates.
    stream: (request.body as NodeBody | undefined) ?? raw,
    signal: goneSignal(reply.raw),
  })
  if (asked === null) return reply.code(400).send()
  try {
    const response = await handler(handOver(asked, { state, native: request }))
    assertResponse(response)
    writeOnCommit(reply.raw, state)
    return send(response, reply, method === 'HEAD')
  } catch (cause) {
    writeOnCommit(reply.raw, state)
    throw asError(cause, 'mountHandler')
  }
}

function send(response: Response, reply: FastifyReply, isHead: boolean): unknown {
  const { body, status } = response
  // Fastify adds cookies to those that are there.
  const written = { getHeader: (name: string) => (name === 'set-cookie' ? undefined : reply.getHeader(name)) }
  reply.code(status)
  for (const [name, value] of fieldsOf(response, written)) reply.header(name, value)
  if (body === null || isHead || status === 204 || status === 304) {
    void body?.cancel()
    return reply.send()
  }
  // Fastify writes headers with the first chunk: of a stream that begins later, they are sent at once.
  reply.raw.once('pipe', () => void setTimeout(() => !reply.raw.headersSent && reply.raw.flushHeaders()))
  return reply.send(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]))
}
