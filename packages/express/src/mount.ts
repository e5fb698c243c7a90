import {
  assertCalledAsFactory,
  assertInstance,
  AuthError,
  createState,
  depthOf,
  governing,
  STATE,
  type DualAuth,
  type Mount,
  type RequestState,
  type StateHolder,
} from '@dualauth/core/adapter'
import type { Request, RequestHandler } from 'express'
import { member } from './member.js'

/** The code of a mount, for messages. */
export const WRITE: string = 'app.use(dualAuth(auth))'

/** A mount among the handlers of one route counts for that route only. */
interface ExpressMount extends Mount {
  readonly route: Route | null
  readonly onRefusal: OnRefusal
}

type OnRefusal = 'answer' | 'next'

/** The options of `dualAuth`. */
export interface DualAuthOptions {
  /**
   * `next` passes refusals to the error handlers of the app, as an `AuthError` with `status`, `headers` and, for a
   * linking page, `identity`. Default `answer`: the guard answers refusals.
   */
  readonly onRefusal?: OnRefusal
}

interface Route {
  readonly stack: readonly { readonly handle: unknown }[]
}

/**
 * Binds `auth` to every request that passes. Refuses nothing. If several mounts match, the one with the longest path
 * applies.
 *
 * @param auth The result of `createDualAuth`.
 * @throws {AuthError} `configuration_invalid`: not an instance, or a wrong option.
 * @example app.use(dualAuth(auth))
 */
export function dualAuth(auth: DualAuth, options?: DualAuthOptions): RequestHandler
export function dualAuth(...args: unknown[]): RequestHandler {
  const [auth, options] = args
  // Express passes a third one to what it takes for a handler.
  if (args.length > 2 || typeof options === 'function') assertCalledAsFactory('dualAuth', args, WRITE)
  assertInstance(auth, 'dualAuth.auth', WRITE)
  const onRefusal = onRefusalOf(options)
  const wholeApp: ExpressMount = { auth, depth: 0, route: null, onRefusal }
  const mount: RequestHandler = (req, _res, next) => {
    const { mounts } = stateOf(req) ?? attachState(req)
    const depth = depthOf(member(req, 'baseUrl'))
    const route = routeOf(req, mount)
    mounts.push(depth === 0 && route === null ? wholeApp : { auth, depth, route, onRefusal })
    next()
  }
  return mount
}

function onRefusalOf(options: unknown): OnRefusal {
  if (typeof (options ?? {}) !== 'object') throw wrong(`dualAuth: the options are an object: { onRefusal: 'next' }`)
  const { onRefusal = 'answer', ...rest } = (options ?? {}) as DualAuthOptions
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw wrong(`dualAuth.${unknown}: unknown option; it takes onRefusal`)
  if (onRefusal !== 'answer' && onRefusal !== 'next') throw wrong('dualAuth.onRefusal: must be one of answer, next')
  return onRefusal
}

function wrong(message: string): AuthError {
  return new AuthError('configuration_invalid', { message })
}

/** Whether refusals of this instance go to the error handlers of the app; its innermost mount says so. */
export function handsOn(req: Request, auth: DualAuth): boolean {
  const mounts = mountsOf(stateOf(req)).filter((mount) => mount.auth === auth)
  const innermost = mounts.reduce<ExpressMount | null>(
    (best, mount) => (best === null || mount.route !== null || mount.depth >= best.depth ? mount : best),
    null,
  )
  return innermost?.onRefusal === 'next'
}

function mountsOf(state: RequestState | undefined): readonly ExpressMount[] {
  return (state?.mounts ?? []) as readonly Mount[] as readonly ExpressMount[]
}

/** Within a route its own mount governs, else the one with the longest path. */
export function governingAuth(
  req: Request,
  name: string,
  handler: RequestHandler | null,
  state: RequestState | undefined = stateOf(req),
): DualAuth | undefined {
  const mounts = mountsOf(state)
  if (mounts.every(({ route }) => route === null)) return governing(mounts, name)
  const ofRoute = mounts.filter(({ route }) => route !== null && route === req.route)
  const byPath = mounts.filter(({ route }) => route === null)
  if (ofRoute.length === 0) return governing(byPath, name)
  // `req.route` outlives its route: beyond it, nobody can tell whether its mount was meant.
  const within = handler === null || routeOf(req, handler) !== null
  return governing(within ? ofRoute : [...byPath, ...ofRoute].map(({ auth }) => ({ auth, depth: 0 })), name)
}

/** The route that this handler stands in, by its own list: Express never resets `req.route`. */
function routeOf(req: Request, handler: RequestHandler): Route | null {
  // Asked of the request alone: to find nothing in all its prototypes takes ten times as long.
  const route = Object.hasOwn(req, 'route') ? (req.route as Route) : undefined
  return route?.stack.some(({ handle }) => handle === handler) === true ? route : null
}

export function stateOf(req: StateHolder): RequestState | undefined {
  return req[STATE]
}

function attachState(req: StateHolder): RequestState {
  return (req[STATE] = createState())
}
