import { assertWebHandler, type WebHandler } from '@dualauth/core/adapter'
import { notWritten, type Handler } from './framework.js'

/**
 * Mounts a handler of the web platform, such as those of `@dualauth/endpoints`. To be written:
 *
 * 1. `webRequest({ … })` makes the request from Node's, with the whole URL, and with the body that a parser has read.
 * 2. `handOver(request, { state, native })` tells the handler what guards above found out.
 * 3. `writeWebResponse(answer, response, isHead)` streams the answer; write the cookies of `state` with it.
 *
 * @throws {AuthError} `configuration_invalid`: not a function.
 * @example
 * app.use('/api-keys', mountHandler(handler))
 */
export function mountHandler(handler: WebHandler): Handler {
  assertWebHandler(handler)
  return () => {
    throw notWritten('src/mount-handler.ts hands requests on')
  }
}
