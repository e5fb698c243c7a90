import { Readable } from 'node:stream'
import { notEqual } from 'node:assert/strict'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type fastify from 'fastify'
import { vi } from 'vitest'
import { FOR_SHARED_CACHES, whoami, type AdapterUnderTest, type AppName, type AppParts } from '@dualauth/conformance'
import {
  dualAuth,
  getOptionalPrincipal,
  getPrincipal,
  mountHandler,
  optionalAuth,
  requireAuth,
  requireOrganization,
  requirePermission,
  requireRole,
} from '../src/index.js'

export interface Framework {
  readonly create: typeof fastify
  readonly cors: FastifyPluginAsync
}

const me = async (request: FastifyRequest): Promise<unknown> => whoami(getPrincipal(request))
const maybe = async (request: FastifyRequest): Promise<unknown> => whoami(getOptionalPrincipal(request))

/** The apps of the conformance suite, in Fastify. */
export function adapterFor(framework: Framework): AdapterUnderTest {
  return {
    async serve(name, parts) {
      const app = framework.create({ forceCloseConnections: true })
      await APPS[name](app, parts, framework)
      const origin = await app.listen({ port: 0, host: '127.0.0.1' })
      return { origin, close: () => app.close() }
    },
    differences: { impossible: { answered: 'hooks after a sent reply do not run' }, corsAfterGuards: true },
  }
}

type Build = (app: FastifyInstance, parts: AppParts, framework: Framework) => void | Promise<void>

/** Fields of a handler, in place of those that were there. */
const OWN: [string, string][] = [
  ['Cache-Control', 'public, max-age=60'],
  ['Vary', 'Accept'],
]

const APPS: Record<AppName, Build> = {
  async standard(app, { auth, allows, handled }) {
    await app.register(dualAuth, { auth })
    app.get('/public', async () => ({ public: true }))
    app.get('/me', { onRequest: requireAuth() }, me)
    app.get('/optional', { config: { auth: 'optional' } }, maybe)
    app.get('/lenient', { onRequest: optionalAuth({ onInvalid: 'anonymous' }) }, maybe)
    app.get('/strict', { onRequest: optionalAuth({ onInvalid: 'reject' }) }, maybe)
    app.get('/things', { config: { auth: { permission: 'things:read' } } }, me)
    app.post('/things', { onRequest: requirePermission('things', 'write') }, me)
    app.get('/any', { config: { auth: { permission: { any: ['things:write', 'things:read'] } } } }, me)
    app.get('/both', { onRequest: requirePermission({ all: ['things:write', 'things:read'] }) }, me)
    app.get('/callback', { onRequest: requirePermission((principal, request) => allows(principal, request.url)) }, me)
    app.get('/admin', { config: { auth: { role: 'admin' } } }, me)
    app.get('/editors', { config: { auth: { role: ['admin', 'editor'] } } }, me)
    app.get('/organization', { config: { auth: { organization: true } } }, me)
    app.get(
      '/organizations/:id',
      { onRequest: requireOrganization((request) => (request.params as { id: string }).id) },
      me,
    )
    for (const url of ['/orgs/:id', '/orgs/:id/*'])
      app.get<{ Params: { id: string } }>(url, { onRequest: requireAuth() }, async (request) => ({
        route: request.params.id,
        organization: getPrincipal(request).organization,
      }))
    app.get('/twice', { onRequest: [requireAuth(), requirePermission('things:read')] }, me)
    app.get('/crash', { onRequest: requireAuth() }, async () => {
      throw new Error('the handler has a bug')
    })
    app.get('/unguarded', me)
    app.get('/logged', maybe)
    app.post('/echo', { preHandler: requireAuth() }, async (request) => ({
      id: getPrincipal(request).id,
      body: request.body,
    }))
    app.get('/cached', { onRequest: requireRole('editor') }, async (request, reply) => {
      reply.header('cache-control', 'public, max-age=60')
      return whoami(getPrincipal(request))
    })
    app.get('/linked', { onRequest: requireAuth() }, async (request, reply) => {
      reply.header('link', [...[reply.getHeader('link') ?? []].flat().map(String), '</next>; rel="next"'])
      reply.header('sunset', 'Wed, 01 Jan 2031 00:00:00 GMT')
      return whoami(getPrincipal(request))
    })
    app.all('/everything', { onRequest: requireAuth() }, async () => {
      handled()
      return {}
    })
  },
  async session(app, { auth }) {
    await app.register(dualAuth, { auth })
    app.get('/me', { onRequest: requireAuth() }, me)
    app.get('/fresh', { onRequest: requireAuth({ fresh: true }) }, me)
    app.get('/twice', { onRequest: [requireAuth(), requireAuth()] }, me)
    app.get('/admin', { onRequest: requireRole('admin') }, me)
    app.get('/streamed', { onRequest: requireAuth() }, async (_request, reply) =>
      reply.send(Readable.from(['one', 'two'])),
    )
    app.get('/raw', { onRequest: requireAuth() }, (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'Set-Cookie': 'theme=dark' }).end('{}')
    })
    app.get('/cached', { onRequest: requireAuth() }, async (request, reply) => {
      reply.headers(FOR_SHARED_CACHES)
      return whoami(getPrincipal(request))
    })
    app.get('/logout', { onRequest: requireAuth() }, async (_request, reply) => {
      reply.header('set-cookie', 'session=; Max-Age=0')
      return {}
    })
    const permission = () => Promise.reject(new Error('the database is down'))
    app.get('/throws', { config: { auth: { permission } } }, me)
    app.get('/crash', { onRequest: requireAuth() }, async () => {
      throw new Error('the handler has a bug')
    })
  },
  unmounted(app) {
    app.get('/me', { onRequest: requireAuth() }, me)
    app.get('/logged', maybe)
  },
  async uncalled(app, { auth }) {
    await app.register(dualAuth, { auth })
    app.get('/me', { onRequest: requireAuth as never }, me)
  },
  async nested(app, { auth, other }) {
    await app.register(dualAuth, { auth, default: 'deny' })
    app.get('/me', me)
    await app.register(
      async (partner) => {
        await partner.register(dualAuth, { auth: other, default: 'deny' })
        partner.get('/me', me)
      },
      { prefix: '/partner' },
    )
  },
  async 'two-copies'(app, { auth }) {
    vi.resetModules()
    const copy = await import('../src/index.js')
    notEqual(copy.dualAuth, dualAuth)
    await app.register(copy.dualAuth, { auth })
    app.get('/me', { onRequest: requireAuth() }, me)
  },
  async 'cors-before'(app, { auth }, { cors }) {
    await app.register(cors)
    await app.register(dualAuth, { auth, default: 'deny' })
    app.get('/me', me)
  },
  async 'cors-after'(app, { auth }, { cors }) {
    await app.register(dualAuth, { auth, default: 'deny' })
    await app.register(cors)
    app.get('/me', me)
  },
  async rewritten(app, { auth }) {
    app.addHook('onRequest', async (request) => {
      const { 'x-token': token, 'x-whole': whole, 'x-removed': removed, 'x-unpaired': unpaired } = request.headers
      if (token !== undefined && whole === undefined) request.headers.authorization = `Bearer ${String(token)}`
      if (token !== undefined && whole !== undefined) request.headers = { authorization: `Bearer ${String(token)}` }
      if (removed !== undefined) delete request.headers.authorization
      if (unpaired !== undefined) request.raw.rawHeaders = []
    })
    await app.register(dualAuth, { auth })
    app.get('/me', { onRequest: requireAuth() }, me)
  },
  async mounted(app, { auth, web }) {
    app.addHook('onRequest', async (_request, reply) => void reply.header('x-before', '1'))
    await app.register(dualAuth, { auth })
    await app.register(mountHandler, { prefix: '/mounted', handler: web })
    // The parsers of Fastify never read what is mounted; these are those of the app around it.
    await app.register(mountHandler, { prefix: '/parsed', handler: web })
    await app.register(mountHandler, { prefix: '/guarded', handler: web, config: { auth: true } })
  },
  async announcing(app, { auth }) {
    app.addHook('onRequest', async (request, reply) => {
      const { 'x-sunset': sunset } = request.headers
      if (sunset !== undefined) reply.header('sunset', sunset)
    })
    await app.register(dualAuth, { auth, default: 'deny' })
    app.get('/me', me)
    app.get('/streamed', async (_request, reply) => reply.send(Readable.from(['one', 'two'])))
    app.get('/crash', async () => {
      throw new Error('the handler has a bug')
    })
    app.get('/redirected', (_request, reply) => void reply.code(302).header('location', '/me').send())
    app.get('/unchanged', (_request, reply) => void reply.code(304).header('etag', '"v1"').send())
    app.get('/replaced', async (_request, reply) => {
      reply.headers({ link: '</next>; rel="next"', vary: 'Accept' })
      return {}
    })
    app.get('/raw', (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(203, { Link: '</next>; rel="next"', Vary: 'Accept', 'X-Own': 'yes' }).end('{}')
    })
  },
  async varied(app, { auth }) {
    await app.register(dualAuth, { auth, default: 'deny' })
    app.get('/set', async (_request, reply) => {
      reply.headers(Object.fromEntries(OWN))
      return {}
    })
    const raw = (path: string, fields: unknown): void =>
      void app.get(path, (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, fields as never).end('{}')
      })
    raw('/object', Object.fromEntries(OWN))
    raw('/flat', OWN.flat())
    raw('/pairs', OWN)
    app.get('/removed', async (_request, reply) => {
      for (const [name] of OWN) reply.removeHeader(name)
      return {}
    })
  },
  answered() {},
}
