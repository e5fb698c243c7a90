import {
  asError,
  assertResponse,
  assertWebHandler,
  createState,
  goneSignal,
  handOver,
  STATE,
  webRequest,
  writeWebResponse,
  type StateHolder,
  type WebHandler,
} from '@dualauth/core/adapter'
import type { Request, RequestHandler, Response } from 'express'
import { writeWaiting } from './commit.js'

/**
 * Mounts a web handler, such as those of `@dualauth/endpoints`. The handler gets the whole URL, including the path of
 * its mount; the body, even if a parser for JSON, text or plain forms has read it; and a `signal` that aborts when the
 * client is gone. Its answer is streamed, and every `Set-Cookie` is passed on.
 *
 * It does not protect the handler, which must do so itself. Results of guards above it are reused.
 *
 * @throws {AuthError} `configuration_invalid`: not a function.
 * @example app.use('/api-keys', mountHandler(apiKeyEndpoints({ auth, keys, prefix: 'sk_live_' })))
 */
export function mountHandler(handler: WebHandler): RequestHandler {
  assertWebHandler(handler)
  // Express 4 does not await handlers.
  return (req, res, next) => void serve(handler, req, res).catch((cause) => next(asError(cause, 'mountHandler')))
}

async function serve(handler: WebHandler, req: Request, res: Response): Promise<void> {
  const { method, headers, rawHeaders, originalUrl, protocol } = req
  const request = webRequest({
    request: { method, headers, rawHeaders, originalUrl },
    protocol,
    stream: req,
    parsed: parsedBody(req),
    signal: goneSignal(res),
  })
  // TRACE, or a target that is no path.
  if (request === null) return void res.status(400).end()
  const state = ((req as StateHolder)[STATE] ??= createState())
  try {
    const answer = await handler(handOver(request, { state, native: req }))
    assertResponse(answer)
    writeWaiting(req, res, state)
    await writeWebResponse(answer, res, method === 'HEAD')
  } catch (cause) {
    writeWaiting(req, res, state)
    throw cause
  }
}

/** Parsers set `body` also where they read nothing; what was read cannot be read again. */
function parsedBody(req: Request): { readonly body: unknown } | undefined {
  return req.readableDidRead || req.readableEnded ? { body: req.body as unknown } : undefined
}
