import { AuthError } from '../errors/auth-error.js'
import { optionError } from '../settings/options.js'
import { MOUNTED } from '../http/request.js'
import { createState, type RequestState } from './state.js'

/** A handler of the web platform, such as those of `@dualauth/endpoints`. It gets the whole URL, with the path of its mount. */
export type WebHandler = (request: Request) => Response | Promise<Response>

/** The context of a request for a mounted handler. */
export interface MountedRequest {
  /**
   * The results of guards above, so that the handler does not count a use of a credential twice. The adapter writes the
   * cookies.
   */
  readonly state: RequestState
  /** The framework's own request, for `formatError` and callbacks. */
  readonly native: unknown
}

interface Mountable {
  readonly [MOUNTED]?: MountedRequest
}

/** Attaches the context of a mount to a request. For adapters. Returns the same request. */
export function handOver(request: Request, mounted: MountedRequest): Request {
  return Object.defineProperty(request, MOUNTED, { value: mounted, configurable: true })
}

/**
 * The context from the adapter. On a bare server, a new state whose cookies the handler writes.
 * @throws {AuthError} `guard_not_called`: a framework called the handler directly, with its own kind of request.
 */
export function mountedRequest(request: Request): MountedRequest & { readonly isMounted: boolean } {
  const { [MOUNTED]: mounted }: Mountable = request as Mountable
  if (mounted === undefined && typeof request?.headers?.get !== 'function')
    throw new AuthError('guard_not_called', {
      message: 'this handler takes a Request of the web platform; write app.use(path, mountHandler(handler))',
    })
  if (mounted === undefined) return { state: createState(), native: request, isMounted: false }
  return { ...mounted, isMounted: true }
}

/**
 * Refuses to mount a value that is not a handler.
 * @throws {AuthError} `configuration_invalid`: not a function.
 */
export function assertWebHandler(handler: unknown): asserts handler is WebHandler {
  if (typeof handler !== 'function')
    throw optionError('mountHandler', 'takes a function (request: Request) => Response | Promise<Response>')
}

/**
 * Refuses a handler's return value that is not a response. This is a mistake in the app.
 * @throws {TypeError} Not a response.
 */
export function assertResponse(answer: unknown): asserts answer is Response {
  // A response from another copy of the class, such as a polyfill, also counts.
  const { status, headers } = (answer ?? {}) as Partial<Response>
  if (typeof status !== 'number' || status < 200 || typeof headers?.getSetCookie !== 'function')
    throw new TypeError('mountHandler: the handler must return a Response')
}
