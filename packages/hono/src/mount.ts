import {
  assertCalledAsFactory,
  assertInstance,
  createState,
  depthOf,
  STATE,
  takeCookies,
  type AnswerFields,
  type DualAuth,
  type Mount,
  type RequestState,
  type StateHolder,
} from '@dualauth/core/adapter'
import { AuthError } from '@dualauth/core'
import type { Context, MiddlewareHandler, Next } from 'hono'
import { HonoRequest } from 'hono/request'
import { routePath } from 'hono/route'
import { memoised, type FromContext } from './from-context.js'

/** How to mount, for messages. */
export const WRITE: string = 'app.use(dualAuth(auth))'

/**
 * Binds `auth` to every request that passes. Refuses nothing. If several mounts match, the one with the longest path
 * applies.
 *
 * @param auth An instance, or `(c) => auth` for Workers, which provide their environment per request. The result is
 *   kept per environment.
 * @throws {AuthError} `configuration_invalid`: not an instance.
 * @example app.use(dualAuth(auth))
 */
export function dualAuth(auth: DualAuth | FromContext): MiddlewareHandler
export function dualAuth(...args: unknown[]): MiddlewareHandler {
  const [, next] = args
  if (next !== undefined && typeof next !== 'function')
    throw new AuthError('configuration_invalid', { message: `dualAuth: takes no options; write ${WRITE}` })
  assertCalledAsFactory('dualAuth', args, WRITE)
  const [auth] = args
  const fromContext = typeof auth === 'function' ? memoised(auth as FromContext) : null
  if (fromContext === null) assertInstance(auth, 'dualAuth.auth', WRITE)
  // As many as there are paths where it is mounted.
  const byPath = new Map<string, Mount>()
  return rejecting((c, next) => {
    const bound: unknown = fromContext === null ? auth : fromContext(c)
    assertInstance(bound, 'dualAuth.auth', '(c) => auth')
    const state = stateOf(c)
    const path = pathOfMount(c)
    let here = byPath.get(path)
    if (here?.auth !== bound) byPath.set(path, (here = { auth: bound, depth: depthOf(path) }))
    state.mounts.push(here)
    return next().then(() => writeCookies(c, state))
  })
}

/**
 * `hono/route` reads requests of its own copy of Hono only. An app that is CommonJS beside this ES module has another one;
 * its requests tell their route by themselves, as long as Hono 4 keeps the getter that it calls deprecated.
 */
function pathOfMount(c: Context): string {
  if (c.req instanceof HonoRequest) return routePath(c)
  const { routePath: path } = c.req as { readonly routePath?: unknown }
  if (typeof path === 'string') return path
  throw new AuthError('configuration_invalid', {
    message:
      'dualAuth: the app runs on another copy of Hono than @dualauth/hono; install one version, and load both by import or both by require',
  })
}

export type Answered = Promise<Response | void>

/** What `async` does with a throw, without its promise where the handler has one. */
export function rejecting(handle: (c: Context, next: Next) => Answered): MiddlewareHandler {
  return (c, next) => {
    try {
      return handle(c, next)
    } catch (cause) {
      // oxlint-disable-next-line prefer-promise-reject-errors -- as it was thrown
      return Promise.reject(cause)
    }
  }
}

function writeCookies(c: Context, state: RequestState): void {
  if (state.cookies.length === 0) return
  const { headers } = c.res
  for (const field of takeCookies(state, headers.getSetCookie(), fieldsOf(c)))
    c.header('Set-Cookie', field, { append: true })
}

/** By `c.header`, which replaces an answer whose headers are immutable. */
function fieldsOf(c: Context): AnswerFields {
  return { get: (name) => c.res.headers.get(name), set: (name, value) => c.header(name, value) }
}

/** Kept with `c.set`, not on `c.req.raw`: middleware such as body-limit replaces that. */
export function stateOf(c: Context<{ Variables: StateHolder }>): RequestState {
  let state = c.get(STATE)
  if (state === undefined) c.set(STATE, (state = createState()))
  return state
}
