import {
  assertInstance,
  assertMounted,
  AuthError,
  createGuards,
  createState,
  mergeVary,
  runGuard,
  STATE,
  writeCookiesOnCommit,
  type Guards,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { DEFAULT, inheritedDefault, MOUNT, mountOf } from './mount.js'
import { assertPluginOptions, assertRegistered, WRITE, type DualAuthPluginOptions } from './plugin-options.js'
import { defaultRequirement, readRouteAuth } from './route-auth.js'

export type { DualAuthPluginOptions } from './plugin-options.js'
export type { RouteAuth } from './route-auth.js'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * Governs the registering context and its children, the routes declared before it included. Await
 * the registration: a wrong `config.auth` of later routes then stops the start.
 *
 * `config.auth` of a route is `true`, `false`, `'optional'`, or exactly one of `{ permission }`, `{ role }`,
 * `{ organization }`. Where no registration governs, it means nothing.
 *
 * @throws {AuthError} `configuration_invalid`: not an instance, an unknown option, or a wrong `config.auth`;
 * `middleware_conflict`: registered twice in one context.
 * @example
 * await app.register(dualAuth, { auth, default: 'deny' })
 * app.get('/public', { config: { auth: false } }, handler)
 * app.post('/things', { config: { auth: { permission: 'things:write' } } }, handler)
 */
export const dualAuth: FastifyPluginAsync<DualAuthPluginOptions> = (app, options) => {
  // Thrown at once where it was called by hand; what Fastify calls may only reject.
  assertRegistered(app)
  return govern(app, options)
}

async function govern(app: FastifyInstance, options: DualAuthPluginOptions): Promise<void> {
  assertPluginOptions(options)
  const { auth } = options
  assertInstance(auth, 'dualAuth.auth', WRITE)
  const byDefault = defaultRequirement(options.default ?? inheritedDefault(app))
  if (Object.hasOwn(app, MOUNT))
    throw new AuthError('middleware_conflict', { message: 'dualAuth: is registered twice in one context' })
  Object.defineProperty(app, MOUNT, { value: auth })
  Object.defineProperty(app, DEFAULT, { value: byDefault === null ? 'allow' : 'deny' })
  if (!app.hasRequestDecorator('principal')) app.decorateRequest('principal', null)
  app.addHook('onRoute', ({ config, url }) => void readRouteAuth(config, byDefault, url))
  app.addHook('onRequest', async (request, reply) => {
    if (mountOf(request) !== auth) return undefined
    const requirement = request.is404
      ? null
      : readRouteAuth(request.routeOptions.config, byDefault, request.routeOptions.url)
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
  governing: mountOf,
  state: stateOf,
  write: WRITE,
})

/**
 * Lets in who is authenticated. 401 (or 400, 431) for the others, 403 for an account that is not let in,
 * 503 where nobody can tell. `{ fresh: true }` asks past every cache.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/me', { onRequest: requireAuth() }, async (request) => ({ id: getPrincipal(request).id }))
 */
export const requireAuth: FastifyGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in; a bad header is refused (401), a bad or expired cookie is anonymous, an outage is 503.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/news', { onRequest: optionalAuth() }, handler)
 */
export const optionalAuth: FastifyGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets in who holds a permission: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, request) => boolean`. 401 without a credential, 403 without the permission, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.post('/things', { onRequest: requirePermission('things:write') }, handler)
 */
export const requirePermission: FastifyGuards['requirePermission'] = guards.requirePermission

/**
 * Lets in who holds one of the roles; an API key that is narrowed by scopes holds none. 401 without a
 * credential, 403 without the role, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * admin.addHook('onRequest', requireRole('admin', 'support'))
 */
export const requireRole: FastifyGuards['requireRole'] = guards.requireRole

/**
 * Lets in who acts for an organization, or for the one that the request names. 401 without a
 * credential, 403 for none or another, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/team', { onRequest: requireOrganization() }, handler)
 */
export const requireOrganization: FastifyGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did; `middleware_missing`: nothing is mounted above.
 * @example
 * const { id } = getPrincipal(request)
 */
export const getPrincipal: FastifyGuards['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for the anonymous, where no guard ran and where nothing is mounted: for
 * loggers, and behind `optionalAuth()`.
 * @example
 * request.log.info({ principal: getOptionalPrincipal(request)?.id })
 */
export const getOptionalPrincipal: FastifyGuards['getOptionalPrincipal'] = guards.getOptionalPrincipal

async function enforce(
  name: string,
  requirement: Requirement,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const auth = mountOf(request)
  assertMounted(auth, name, WRITE)
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
