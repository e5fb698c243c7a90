import {
  assertCalledAsFactory,
  assertInstance,
  createState,
  depthOf,
  governing,
  STATE,
  type DualAuth,
  type Mount,
  type RequestState,
} from '@dualauth/core/adapter'
import type { Request, RequestHandler } from 'express'

/** How to mount, for messages. */
export const WRITE: string = 'app.use(dualAuth(auth))'

/** A mount among the handlers of one route counts for that route only. */
type ExpressMount = Mount & { readonly route: Route | null }

interface Route {
  readonly stack: readonly { readonly handle: unknown }[]
}

/**
 * Binds `auth` to every request that passes; refuses nothing. The mount with the longest path that
 * leads to the request governs.
 *
 * @param auth What `createDualAuth` returned.
 * @throws {AuthError} `configuration_invalid`: not an instance.
 * @example
 * app.use(dualAuth(auth))
 */
export function dualAuth(auth: DualAuth): RequestHandler
export function dualAuth(...args: unknown[]): RequestHandler {
  assertCalledAsFactory('dualAuth', args, WRITE)
  const [auth] = args
  assertInstance(auth, 'dualAuth.auth', WRITE)
  const wholeApp: ExpressMount = { auth, depth: 0, route: null }
  const mount: RequestHandler = (req, _res, next) => {
    const { mounts } = stateOf(req) ?? attachState(req)
    const depth = depthOf(req.baseUrl)
    const route = routeOf(req, mount)
    const here: ExpressMount = depth === 0 && route === null ? wholeApp : { auth, depth, route }
    mounts.push(here)
    next()
  }
  return mount
}

/** Within a route its own mount governs, else the one with the longest path. */
export function governingAuth(req: Request, name: string, handler: RequestHandler | null): DualAuth | undefined {
  const mounts = (stateOf(req)?.mounts ?? []) as readonly Mount[] as readonly ExpressMount[]
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
  const route = req.route as Route | undefined
  return route?.stack.some(({ handle }) => handle === handler) === true ? route : null
}

export function stateOf(req: object): RequestState | undefined {
  return (req as Record<symbol, RequestState | undefined>)[STATE]
}

function attachState(req: object): RequestState {
  const state = createState()
  ;(req as Record<symbol, RequestState>)[STATE] = state
  return state
}
