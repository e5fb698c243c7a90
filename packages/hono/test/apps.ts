import { notEqual } from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { cors } from 'hono/cors'
import { stream } from 'hono/streaming'
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

const me = (c: Context): Response => c.json(whoami(getPrincipal(c)))
const maybe = (c: Context): Response => c.json(whoami(getOptionalPrincipal(c)))

/** The apps of the conformance suite, in Hono behind Node. */
export const adapter: AdapterUnderTest = {
  async serve(name, parts) {
    const app = new Hono()
    app.onError((_error, c) => c.text('Internal Server Error', 500))
    await APPS[name](app, parts)
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) =>
        resolve({
          origin: `http://127.0.0.1:${address.port}`,
          close: () => new Promise((closed) => server.close(() => closed())),
        }),
      )
    })
  },
  differences: {
    impossible: { answered: 'a middleware that answers does not call the next one' },
    resolvedPaths: true,
  },
}

/** Fields of a handler, in place of those that were there. */
const OWN: [string, string][] = [
  ['Cache-Control', 'public, max-age=60'],
  ['Vary', 'Accept'],
]

const APPS: Record<AppName, (app: Hono, parts: AppParts) => void | Promise<void>> = {
  standard(app, { auth, allows, handled }) {
    app.use(dualAuth(auth))
    app.get('/public', (c) => c.json({ public: true }))
    app.get('/me', requireAuth(), (c) => c.json(whoami(c.var.principal)))
    app.get('/optional', optionalAuth(), (c) => c.json(whoami(c.var.principal)))
    app.get('/lenient', optionalAuth({ onInvalid: 'anonymous' }), maybe)
    app.get('/strict', optionalAuth({ onInvalid: 'reject' }), maybe)
    app.get('/things', requirePermission('things:read'), me)
    app.post('/things', requirePermission('things', 'write'), me)
    app.get('/any', requirePermission({ any: ['things:write', 'things:read'] }), me)
    app.get('/both', requirePermission({ all: ['things:write', 'things:read'] }), me)
    app.get(
      '/callback',
      requirePermission((principal, c) => allows(principal, c.req.path)),
      me,
    )
    app.get('/admin', requireRole('admin'), me)
    app.get('/editors', requireRole('admin', 'editor'), me)
    app.get('/organization', requireOrganization(), me)
    app.get(
      '/organizations/:id',
      requireOrganization((c) => c.req.param('id')),
      me,
    )
    for (const path of ['/orgs/:id', '/orgs/:id/*'])
      app.get(path, requireAuth(), (c) =>
        c.json({ route: c.req.param('id'), organization: c.var.principal.organization }),
      )
    app.get('/twice', requireAuth(), requirePermission('things:read'), me)
    app.get('/crash', requireAuth(), () => {
      throw new Error('the handler has a bug')
    })
    app.get('/unguarded', me)
    app.get('/logged', maybe)
    app.post(
      '/echo',
      async (c, next) => {
        await c.req.json()
        await next()
      },
      requireAuth(),
      async (c) => c.json({ id: getPrincipal(c).id, body: (await c.req.json()) as unknown }),
    )
    app.get('/cached', requireAuth(), (c) =>
      Response.json(whoami(getPrincipal(c)), { headers: { 'cache-control': 'public, max-age=60' } }),
    )
    app.get('/linked', requireAuth(), (c) => {
      const headers = { link: '</next>; rel="next"', sunset: 'Wed, 01 Jan 2031 00:00:00 GMT' }
      return Response.json(whoami(getPrincipal(c)), { headers })
    })
    app.all('/everything', requireAuth(), (c) => {
      handled()
      return c.json({})
    })
  },
  session(app, { auth }) {
    app.use(dualAuth(auth))
    app.get('/me', requireAuth(), me)
    app.get('/fresh', requireAuth({ fresh: true }), me)
    app.get('/twice', requireAuth(), requireAuth(), me)
    app.get('/admin', requireRole('admin'), me)
    app.get('/streamed', requireAuth(), (c) =>
      stream(c, async (out) => {
        await out.write('one')
        await out.write('two')
      }),
    )
    app.get('/raw', requireAuth(), () => new Response('{}', { headers: { 'set-cookie': 'theme=dark' } }))
    app.get('/cached', requireAuth(), (c) => Response.json(whoami(getPrincipal(c)), { headers: FOR_SHARED_CACHES }))
    app.get('/logout', requireAuth(), (c) => {
      c.header('Set-Cookie', 'session=; Max-Age=0')
      return c.json({})
    })
    app.get(
      '/throws',
      requirePermission(() => Promise.reject(new Error('the database is down'))),
      me,
    )
    app.get('/crash', requireAuth(), () => {
      throw new Error('the handler has a bug')
    })
  },
  unmounted(app) {
    app.get('/me', requireAuth(), me)
    app.get('/logged', maybe)
  },
  uncalled(app, { auth }) {
    app.use(dualAuth(auth))
    app.get('/me', requireAuth as never, me)
  },
  nested(app, { auth, other }) {
    app.use(dualAuth(auth))
    app.get('/me', requireAuth(), me)
    const partner = new Hono()
    partner.use(dualAuth(other))
    partner.get('/me', requireAuth(), me)
    app.route('/partner', partner)
  },
  async 'two-copies'(app, { auth }) {
    vi.resetModules()
    const copy = await import('../src/index.js')
    notEqual(copy.dualAuth, dualAuth)
    app.use(copy.dualAuth(auth))
    app.get('/me', requireAuth(), me)
  },
  'cors-before'(app, { auth }) {
    app.use(cors())
    app.use(dualAuth(auth))
    app.use(requireAuth())
    app.get('/me', me)
  },
  'cors-after'(app, { auth }) {
    app.use(dualAuth(auth))
    app.use(requireAuth())
    app.use(cors())
    app.get('/me', me)
  },
  rewritten(app, { auth }) {
    app.use(async (c, next) => {
      const token = c.req.header('x-token')
      if (token !== undefined && c.req.header('x-whole') === undefined)
        c.req.raw.headers.set('authorization', `Bearer ${token}`)
      else if (token !== undefined)
        c.req.raw = new Request(c.req.raw, { headers: { authorization: `Bearer ${token}` } })
      if (c.req.header('x-removed') !== undefined) c.req.raw.headers.delete('authorization')
      // Nothing of Node is behind the Request of such a platform.
      if (c.req.header('x-unpaired') !== undefined) c.req.raw = new Request(c.req.url, { headers: c.req.header() })
      await next()
    })
    app.use(dualAuth(auth))
    app.get('/me', requireAuth(), me)
  },
  mounted(app, { auth, web }) {
    app.use(async (c, next) => {
      c.header('x-before', '1')
      await next()
    })
    app.use(dualAuth(auth))
    app.all('/mounted/*', mountHandler(web))
    app.use('/parsed/*', async (c, next) => {
      const type = c.req.header('content-type') ?? ''
      if (type.startsWith('application/json')) await c.req.json()
      else if (type.startsWith('application/x-www-form-urlencoded')) await c.req.text()
      await next()
    })
    app.all('/parsed/*', mountHandler(web))
    app.all('/guarded/*', requireAuth(), mountHandler(web))
  },
  announcing(app, { auth }) {
    app.use(async (c, next) => {
      const sunset = c.req.header('x-sunset')
      if (sunset !== undefined) c.header('Sunset', sunset)
      await next()
    })
    app.use(dualAuth(auth))
    app.use(requireAuth())
    app.get('/me', me)
    app.get('/streamed', (c) =>
      stream(c, async (out) => {
        await out.write('one')
        await out.write('two')
      }),
    )
    app.get('/crash', () => {
      throw new Error('the handler has a bug')
    })
    // Its headers cannot be changed, as those of a fetched response.
    app.get('/redirected', (c) => Response.redirect(new URL('/me', c.req.url), 302))
    app.get('/unchanged', (c) => c.body(null, 304, { etag: '"v1"' }))
    app.get('/replaced', (c) => {
      c.header('Link', '</next>; rel="next"')
      c.header('Vary', 'Accept')
      return c.json({})
    })
    app.get('/raw', () => {
      const headers = { link: '</next>; rel="next"', vary: 'Accept', 'x-own': 'yes' }
      return new Response('{}', { status: 203, headers })
    })
  },
  varied(app, { auth }) {
    app.use(dualAuth(auth))
    app.use(requireAuth())
    app.get('/set', (c) => {
      for (const [name, value] of OWN) c.header(name, value)
      return c.json({})
    })
    app.get('/object', () => new Response('{}', { headers: Object.fromEntries(OWN) }))
    app.get('/flat', () => new Response('{}', { headers: new Headers(OWN) }))
    app.get('/pairs', () => new Response('{}', { headers: OWN }))
    app.get('/removed', (c) => {
      for (const [name] of OWN) c.header(name, undefined)
      return c.json({})
    })
  },
  answered() {},
}
