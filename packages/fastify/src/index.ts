import {
  assertInstance,
  AuthError,
  createGuards,
  createState,
  mergeVary,
  principalIn,
  runGuard,
  STATE,
  writeCookiesOnCommit,
  type DualAuth,
  type Guards,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { DEFAULT, governingAuth, inheritedDefault, MOUNT, mountOf } from './mount.js'
import { defaultRequirement, readRouteAuth } from './route-auth.js'

export type { RouteAuth } from './route-auth.js'

export interface DualAuthPluginOptions {
  readonly auth: DualAuth
  /**
   * `deny`: every route needs authentication unless its `config.auth` says otherwise. Default: that of
   * the registration above, else `allow`.
   */
  readonly default?: 'allow' | 'deny'
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * Governs the registering context and its children, the routes declared before it included.
 * `config.auth` of a route is `true`, `false`, `'optional'`, or `{ permission, role, organization }`.
 * @throws {AuthError} `configuration_invalid`: not an instance, or a wrong `config.auth`, at boot.
 */
export const dualAuth: FastifyPluginAsync<DualAuthPluginOptions> = async (app, options) => {
  const { auth } = options
  assertInstance(auth, 'dualAuth.auth')
  const byDefault = defaultRequirement(options.default ?? inheritedDefault(app))
  if (Object.hasOwn(app, MOUNT))
    throw new AuthError('middleware_conflict', { message: 'dualAuth: is registered twice in one context' })
  Object.defineProperty(app, MOUNT, { value: auth })
  Object.defineProperty(app, DEFAULT, { value: byDefault === null ? 'allow' : 'deny' })
  if (!app.hasRequestDecorator('principal')) app.decorateRequest('principal', null)
  app.addHook('onRoute', ({ config, url }) => void readRouteAuth(config, byDefault, `route ${url}: config.auth`))
  app.addHook('onRequest', async (request, reply) => {
    if (mountOf(request) !== auth) return undefined
    const requirement = request.is404 ? null : readRouteAuth(request.routeOptions.config, byDefault, 'config.auth')
    return requirement === null ? undefined : enforce('dualAuth', requirement, request, reply)
  })
  // CORS plugins registered later answer preflights in their own onRequest; a handler never gets one.
  app.addHook('preHandler', async (request, reply) => {
    if (mountOf(request) !== auth) return undefined
    const state = stateOf(request)
    if (state.preflight === true) return reply.code(204).send()
    // From here on only the handler follows: a guard that meets a preflight answers it.
    state.preflight = false
    return undefined
  })
}
Object.assign(dualAuth, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@dualauth/fastify',
  [Symbol.for('plugin-meta')]: { name: '@dualauth/fastify', fastify: '>=4.29 <6' },
})

type FastifyGuards = Guards<FastifyRequest, Hook>

const guards: FastifyGuards = /* @__PURE__ */ createGuards<FastifyRequest, Hook>({
  guard: (name, requirement) => (request, reply) => enforce(name, requirement, request, reply),
  principal: (request, auth) => principalIn(stateOf(request), auth ?? governingAuth(request, 'getPrincipal')),
})

/** Lets in who is authenticated; 401 for the others. */
export const requireAuth: FastifyGuards['requireAuth'] = guards.requireAuth

/** Lets everybody in; a bad header is refused, a bad or expired cookie is anonymous, an outage is 503. */
export const optionalAuth: FastifyGuards['optionalAuth'] = guards.optionalAuth

/** `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or `(principal, request) => boolean`. */
export const requirePermission: FastifyGuards['requirePermission'] = guards.requirePermission

/** Any of the roles suffices. */
export const requireRole: FastifyGuards['requireRole'] = guards.requireRole

/** The caller must act for an organization, or for the one that the request names. */
export const requireOrganization: FastifyGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did.
 */
export const getPrincipal: FastifyGuards['getPrincipal'] = guards.getPrincipal

/** Like `getPrincipal`, but null for the anonymous under `optionalAuth()` and where no guard ran. */
export const getOptionalPrincipal: FastifyGuards['getOptionalPrincipal'] = guards.getOptionalPrincipal

async function enforce(
  name: string,
  requirement: Requirement,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const auth = governingAuth(request, name)
  const state = stateOf(request)
  const verdict = await runGuard(state, auth, request.raw, request, requirement)
  if (reply.sent) return reply
  writeCookiesOnCommit(reply.raw, state)
  if (verdict.kind === 'preflight') {
    if (state.preflight === false) return reply.code(204).send()
    state.preflight = true
    return undefined
  }
  if (verdict.kind === 'refuse') return refuse(reply, verdict)
  ;(request as { principal?: unknown }).principal = verdict.principal
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', verdict.headers.cacheControl)
  vary(reply, verdict.headers.vary)
  return undefined
}

function refuse(reply: FastifyReply, { answer }: Extract<Verdict, { kind: 'refuse' }>): FastifyReply {
  const challenges: string[] = []
  for (const [name, value] of answer.headers) {
    if (name === 'vary') vary(reply, value)
    else if (name === 'www-authenticate') challenges.push(value)
    else reply.header(name, value)
  }
  if (challenges.length > 0) reply.header('www-authenticate', challenges)
  return reply.code(answer.status).send(answer.body)
}

function vary(reply: FastifyReply, fields: string): void {
  const merged = mergeVary([reply.getHeader('vary') ?? []].flat().join(', '), fields)
  if (merged !== null) reply.header('vary', merged)
}

function stateOf(request: FastifyRequest): RequestState {
  const holder = request as unknown as Record<symbol, RequestState | undefined>
  return (holder[STATE] ??= createState())
}
