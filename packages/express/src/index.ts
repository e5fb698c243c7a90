import {
  assertCalledAsFactory,
  assertInstance,
  assertMounted,
  createGuards,
  createState,
  depthOf,
  governing,
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

const WRITE = 'app.use(dualAuth(auth))'

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
  const mount: RequestHandler = (req, _res, next) => {
    const mounts = (stateOf(req) ?? attachState(req)).mounts
    const here: ExpressMount = { auth, depth: depthOf(req.baseUrl), route: routeOf(req, mount) }
    mounts.push(here)
    next()
  }
  return mount
}

type ExpressGuards = Guards<Request, RequestHandler>

/** A request whatever its parameters and body are; a response has no `rawHeaders`. */
type AnyRequest = Pick<Request, 'url' | 'rawHeaders'>

const guards: ExpressGuards = /* @__PURE__ */ createGuards<Request, RequestHandler>({
  guard,
  governing: (req, caller) => governingAuth(req, caller, null),
  state: stateOf,
  write: WRITE,
})

/**
 * Lets in who is authenticated. 401 (or 400, 431) for the others, 403 for an account that is not let in,
 * 503 where nobody can tell. `{ fresh: true }` asks past every cache.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/me', requireAuth(), (req, res) => res.json(getPrincipal(req)))
 */
export const requireAuth: ExpressGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in; a bad header is refused (401), a bad or expired cookie is anonymous, an outage is 503.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/news', optionalAuth(), (req, res) => res.json({ for: getOptionalPrincipal(req)?.id ?? 'everybody' }))
 */
export const optionalAuth: ExpressGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets in who holds a permission: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, req) => boolean`. 401 without a credential, 403 without the permission, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.post('/things', requirePermission('things:write'), handler)
 */
export const requirePermission: ExpressGuards['requirePermission'] = guards.requirePermission

/**
 * Lets in who holds one of the roles; an API key that is narrowed by scopes holds none. 401 without a
 * credential, 403 without the role, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.use('/admin', requireRole('admin', 'support'), admin)
 */
export const requireRole: ExpressGuards['requireRole'] = guards.requireRole

/**
 * Lets in who acts for an organization, or for the one that the request names. 401 without a
 * credential, 403 for none or another, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/teams/:id', requireOrganization((req) => String(req.params['id'])), handler)
 */
export const requireOrganization: ExpressGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did; `middleware_missing`: nothing is mounted above.
 * @example
 * const { id } = getPrincipal(req)
 */
export const getPrincipal: Guards<AnyRequest, never>['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for the anonymous, where no guard ran and where nothing is mounted: for
 * loggers, and behind `optionalAuth()`.
 * @example
 * log.info({ path: req.path, principal: getOptionalPrincipal(req)?.id })
 */
export const getOptionalPrincipal: Guards<AnyRequest, never>['getOptionalPrincipal'] = guards.getOptionalPrincipal

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
  assertMounted(auth, name, WRITE)
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
function governingAuth(req: Request, name: string, handler: RequestHandler | null): DualAuth | undefined {
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
