import {
  assertInstance,
  createGuards,
  createState,
  depthOf,
  governing,
  principalIn,
  runGuard,
  STATE,
  writeCookiesOnCommit,
  type DualAuth,
  type Guards,
  type Mount,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

/** A mount among the handlers of one route counts for that route only. */
type ExpressMount = Mount & { readonly route: Route | null }

interface Route {
  readonly stack: readonly { readonly handle: unknown }[]
}

/**
 * Binds `auth` to every request that passes; refuses nothing. The mount with the longest path that
 * leads to the request governs.
 * @throws {AuthError} `configuration_invalid`: not an instance.
 */
export function dualAuth(auth: DualAuth): RequestHandler
export function dualAuth(auth: unknown): RequestHandler {
  assertInstance(auth, 'dualAuth.auth')
  const mount: RequestHandler = (req, _res, next) => {
    const mounts = (stateOf(req) ?? attachState(req)).mounts
    const here: ExpressMount = { auth, depth: depthOf(req.baseUrl), route: routeOf(req, mount) }
    mounts.push(here)
    next()
  }
  return mount
}

type ExpressGuards = Guards<Request, RequestHandler>

const guards: ExpressGuards = /* @__PURE__ */ createGuards<Request, RequestHandler>({
  guard,
  principal: (req, auth) => principalIn(stateOf(req), auth ?? governingAuth(req, 'getPrincipal', null)),
})

/** Lets in who is authenticated; 401 for the others. */
export const requireAuth: ExpressGuards['requireAuth'] = guards.requireAuth

/** Lets everybody in; a bad header is refused, a bad or expired cookie is anonymous, an outage is 503. */
export const optionalAuth: ExpressGuards['optionalAuth'] = guards.optionalAuth

/** `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or `(principal, req) => boolean`. */
export const requirePermission: ExpressGuards['requirePermission'] = guards.requirePermission

/** Any of the roles suffices. */
export const requireRole: ExpressGuards['requireRole'] = guards.requireRole

/** The caller must act for an organization, or for the one that the request names. */
export const requireOrganization: ExpressGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did.
 */
export const getPrincipal: Guards<object, never>['getPrincipal'] = guards.getPrincipal

/** Like `getPrincipal`, but null for the anonymous under `optionalAuth()` and where no guard ran. */
export const getOptionalPrincipal: Guards<object, never>['getOptionalPrincipal'] = guards.getOptionalPrincipal

function guard(name: string, requirement: Requirement): RequestHandler {
  const handler: RequestHandler = (req, res, next) => {
    // Express 4 does not await handlers: every rejection goes to `next` by hand, and a falsy one must not let in.
    run(name, handler, requirement, req, res, next).catch((cause: unknown) =>
      next(cause instanceof Error ? cause : new Error(`${name}: rejected without an error`, { cause })),
    )
  }
  return handler
}

async function run(
  name: string,
  handler: RequestHandler,
  requirement: Requirement,
  req: Request,
  res: Response,
  next: NextFunction,
): Promise<void> {
  const auth = governingAuth(req, name, handler)
  const state = stateOf(req) as RequestState
  const verdict = await runGuard(state, auth, req, req, requirement)
  writeCookiesOnCommit(res, state)
  if (verdict.kind === 'preflight') {
    // Whatever comes next may be a handler, and a preflight that somebody crafted must not reach one.
    if (!res.headersSent) res.status(204).end()
    return
  }
  if (verdict.kind === 'refuse') {
    if (!res.headersSent) write(res, verdict)
    return
  }
  if (!res.headersSent) {
    if (!res.hasHeader('cache-control')) res.setHeader('Cache-Control', verdict.headers.cacheControl)
    res.vary(verdict.headers.vary)
  }
  next()
}

function write(res: Response, { answer }: Extract<Verdict, { kind: 'refuse' }>): void {
  res.status(answer.status)
  for (const [name, value] of answer.headers) {
    if (name === 'vary') res.vary(value)
    else if (name === 'www-authenticate') res.append(name, value)
    else res.setHeader(name, value)
  }
  res.end(answer.body)
}

/** Within a route its own mount governs, else the one with the longest path. */
function governingAuth(req: Request, name: string, handler: RequestHandler | null): DualAuth {
  const mounts = (stateOf(req)?.mounts ?? []) as readonly Mount[] as readonly ExpressMount[]
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

function stateOf(req: object): RequestState | undefined {
  return (req as Record<symbol, RequestState | undefined>)[STATE]
}

function attachState(req: object): RequestState {
  const state = createState()
  Object.defineProperty(req, STATE, { value: state })
  return state
}
