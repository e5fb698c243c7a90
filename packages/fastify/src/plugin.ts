import { assertInstance, AuthError } from '@dualauth/core/adapter'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { enforceThen, stateOf } from './enforce.js'
import { DEFAULT, inheritedDefault, MOUNT, mountOf } from './mount.js'
import { assertPluginOptions, assertRegistered, WRITE, type DualAuthPluginOptions } from './plugin-options.js'
import { defaultRequirement, readRouteAuth, requirementsByRoute } from './route-auth.js'

/**
 * Applies to the registering context and its children, including routes declared before it. Await the registration, so
 * that a wrong `config.auth` of a later route fails at startup.
 *
 * `config.auth` of a route is `true`, `false`, `'optional'`, or exactly one of `{ permission }`, `{ role }`, `{
 * organization }`. Without a registration it has no effect.
 *
 * @throws {AuthError} `configuration_invalid`: not an instance, an unknown option, or a wrong `config.auth`;
 * `middleware_conflict`: registered twice in one context.
 * @example await app.register(dualAuth, { auth, default: 'deny' }) app.get('/public', { config: { auth: false } },
 * handler) app.post('/things', { config: { auth: { permission: 'things:write' } } }, handler)
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
  const requirements = requirementsByRoute(byDefault)
  app.addHook('onRequest', (request, reply, done) => {
    if (mountOf(request) !== auth || request.is404) return done()
    // Fastify makes the options of a route anew whenever they are read.
    const requirement = requirements(request.routeOptions)
    if (requirement === null) return done()
    return enforceThen('dualAuth', requirement, request, reply, done)
  })
  // CORS plugins registered later answer preflights in their own onRequest; a handler never gets one.
  app.addHook('preHandler', (request, reply, done) => {
    if (request.method !== 'OPTIONS' || mountOf(request) !== auth) return done()
    const state = stateOf(request)
    if (state.preflight === true) return void reply.code(204).send()
    // From here on only the handler follows: a guard that meets a preflight answers it.
    state.preflight = false
    return done()
  })
}
Object.assign(dualAuth, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@dualauth/fastify',
  [Symbol.for('plugin-meta')]: { name: '@dualauth/fastify', fastify: '>=4.29 <6' },
})
