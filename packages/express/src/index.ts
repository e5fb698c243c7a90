import {
  assertInstance,
  AuthError,
  createGuards,
  createState,
  missingMount,
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

interface Scope {
  readonly baseUrl: string
  readonly route: unknown
}

/**
 * Binds `auth` to every request that passes; refuses nothing. The innermost mount governs.
 * @throws {AuthError} `configuration_invalid`: not an instance.
 */
export function dualAuth(auth: DualAuth): RequestHandler
export function dualAuth(auth: unknown): RequestHandler {
  assertInstance(auth, 'dualAuth.auth')
  return (req, _res, next) => {
    const mounts = (stateOf(req) ?? attachState(req)).mounts
    mounts.push({ auth, scope: { baseUrl: req.baseUrl, route: req.route as unknown } satisfies Scope })
    next()
  }
}

type ExpressGuards = Guards<Request, RequestHandler>

const guards: ExpressGuards = /* @__PURE__ */ createGuards<Request, RequestHandler>({
  guard,
  principal: (req, auth) => principalIn(stateOf(req), auth ?? governingAuth(req, 'getPrincipal')),
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
  return (req, res, next) => {
    // Express 4 does not await handlers: every rejection goes to `next` by hand.
    run(name, requirement, req, res, next).catch(next)
  }
}

async function run(
  name: string,
  requirement: Requirement,
  req: Request,
  res: Response,
  next: NextFunction,
): Promise<void> {
  const auth = governingAuth(req, name)
  const state = stateOf(req) as RequestState
  const verdict = await runGuard(state, auth, req, req, requirement)
  writeCookiesOnCommit(res, state)
  if (verdict.kind === 'preflight') {
    // In a route the handler comes next, and a preflight must not reach it; above routes CORS middleware may.
    if (req.route !== undefined && !res.headersSent) res.status(204).end()
    else next()
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

/** The innermost mount above this place: of this route, else of the longest path that leads here. */
function governingAuth(req: Request, name: string): DualAuth {
  const mounts = (stateOf(req)?.mounts ?? []) as readonly (Mount & { scope: Scope })[]
  const ofRoute = mounts.filter(({ scope }) => scope.route !== undefined && scope.route === req.route)
  const above = mounts.filter(({ scope }) => scope.route === undefined && leadsTo(scope.baseUrl, req.baseUrl))
  const depth = Math.max(...above.map(({ scope }) => scope.baseUrl.length))
  const candidates = ofRoute.length > 0 ? ofRoute : above.filter(({ scope }) => scope.baseUrl.length === depth)
  const auth = candidates.at(-1)?.auth
  if (auth === undefined) throw missingMount(name)
  // A router at `/` that mounts its own instance also sees requests that it hands on.
  if (candidates.some((mount) => mount.auth !== auth)) {
    throw new AuthError('middleware_conflict', {
      message: `${name}: two instances are mounted at "${req.baseUrl || '/'}"; mount each at its own path`,
    })
  }
  return auth
}

function leadsTo(mounted: string, here: string): boolean {
  return here === mounted || mounted === '' || here.startsWith(`${mounted}/`)
}

function stateOf(req: object): RequestState | undefined {
  return (req as Record<symbol, RequestState | undefined>)[STATE]
}

function attachState(req: object): RequestState {
  const state = createState()
  Object.defineProperty(req, STATE, { value: state })
  return state
}
