import { notEqual } from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import cors from 'cors'
import type { Express, Request, RequestHandler } from 'express'
import type express from 'express'
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

type Framework = typeof express

const me: RequestHandler = (req, res) => void res.json(whoami(getPrincipal(req)))
const maybe: RequestHandler = (req, res) => void res.json(whoami(getOptionalPrincipal(req)))

/** The apps of the conformance suite, in Express. */
export function adapterFor(framework: Framework): AdapterUnderTest {
  return {
    async serve(name, parts) {
      const app = framework()
      app.set('env', 'test')
      await APPS[name](app, parts, framework)
      const server = app.listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      return {
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => new Promise((resolve) => server.close(() => resolve())),
      }
    },
  }
}

type Build = (app: Express, parts: AppParts, framework: Framework) => void | Promise<void>

/** Fields of a handler, in place of those that were there. */
const OWN: [string, string][] = [
  ['Cache-Control', 'public, max-age=60'],
  ['Vary', 'Accept'],
]

const APPS: Record<AppName, Build> = {
  standard(app, { auth, allows, handled }, framework) {
    app.use(dualAuth(auth))
    app.get('/public', (_req, res) => void res.json({ public: true }))
    app.get('/me', requireAuth(), me)
    app.get('/optional', optionalAuth(), maybe)
    app.get('/lenient', optionalAuth({ onInvalid: 'anonymous' }), maybe)
    app.get('/strict', optionalAuth({ onInvalid: 'reject' }), maybe)
    app.get('/things', requirePermission('things:read'), me)
    app.post('/things', requirePermission('things', 'write'), me)
    app.get('/any', requirePermission({ any: ['things:write', 'things:read'] }), me)
    app.get('/both', requirePermission({ all: ['things:write', 'things:read'] }), me)
    app.get(
      '/callback',
      requirePermission((principal, req) => allows(principal, req.path)),
      me,
    )
    app.get('/admin', requireRole('admin'), me)
    app.get('/editors', requireRole('admin', 'editor'), me)
    app.get('/organization', requireOrganization(), me)
    app.get(
      '/organizations/:id',
      requireOrganization((req: Request) => String(req.params['id'])),
      me,
    )
    app.use('/orgs/:id', requireAuth(), (req, res) => {
      res.json({ route: req.params['id'], organization: getPrincipal(req).organization })
    })
    app.get('/twice', requireAuth(), requirePermission('things:read'), me)
    app.get('/crash', requireAuth(), () => {
      throw new Error('the handler has a bug')
    })
    app.get('/unguarded', me)
    app.get('/logged', maybe)
    app.post('/echo', framework.json(), requireAuth(), (req, res) => {
      res.json({ id: getPrincipal(req).id, body: req.body as unknown })
    })
    app.get('/cached', requireAuth(), (req, res) => {
      res.set('Cache-Control', 'public, max-age=60').json(whoami(getPrincipal(req)))
    })
    app.get('/linked', requireAuth(), (req, res) => {
      res.append('Link', '</next>; rel="next"').set('Sunset', 'Wed, 01 Jan 2031 00:00:00 GMT')
      res.json(whoami(getPrincipal(req)))
    })
    app.all('/everything', requireAuth(), (_req, res) => {
      handled()
      res.json({})
    })
  },
  session(app, { auth }) {
    app.use(dualAuth(auth))
    app.get('/me', requireAuth(), me)
    app.get('/fresh', requireAuth({ fresh: true }), me)
    app.get('/twice', requireAuth(), requireAuth(), me)
    app.get('/admin', requireRole('admin'), me)
    app.get('/streamed', requireAuth(), (_req, res) => {
      res.write('one')
      setImmediate(() => res.end('two'))
    })
    app.get('/raw', requireAuth(), (_req, res) => {
      res.writeHead(200, { 'Set-Cookie': 'theme=dark' }).end('{}')
    })
    app.get('/cached', requireAuth(), (req, res) => {
      res.set(FOR_SHARED_CACHES).json(whoami(getPrincipal(req)))
    })
    app.get('/logout', requireAuth(), (_req, res) => {
      res.append('Set-Cookie', 'session=; Max-Age=0').json({})
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
  nested(app, { auth, other }, framework) {
    const partner = framework.Router()
    partner.use(dualAuth(other))
    partner.get('/me', requireAuth(), me)
    app.use(dualAuth(auth))
    app.use('/partner', partner)
    app.get('/me', requireAuth(), me)
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
    app.use((req, _res, next) => {
      const { 'x-token': token, 'x-whole': whole, 'x-removed': removed, 'x-unpaired': unpaired } = req.headers
      if (token !== undefined && whole === undefined) req.headers.authorization = `Bearer ${String(token)}`
      if (token !== undefined && whole !== undefined) req.headers = { authorization: `Bearer ${String(token)}` }
      if (removed !== undefined) delete req.headers.authorization
      if (unpaired !== undefined) req.rawHeaders = []
      next()
    })
    app.use(dualAuth(auth))
    app.get('/me', requireAuth(), me)
  },
  mounted(app, { auth, web }, framework) {
    app.use((_req, res, next) => {
      res.set('x-before', '1')
      next()
    })
    app.use(dualAuth(auth))
    app.use('/mounted', mountHandler(web))
    app.use('/parsed', framework.json(), framework.urlencoded({ extended: false }), mountHandler(web))
    app.use('/guarded', requireAuth(), mountHandler(web))
  },
  announcing(app, { auth }) {
    app.use((req, res, next) => {
      const sunset = req.get('x-sunset')
      if (sunset !== undefined) res.set('Sunset', sunset)
      next()
    })
    app.use(dualAuth(auth))
    app.use(requireAuth())
    app.get('/me', me)
    app.get('/streamed', (_req, res) => {
      res.write('one')
      setImmediate(() => res.end('two'))
    })
    app.get('/crash', () => {
      throw new Error('the handler has a bug')
    })
    app.get('/redirected', (_req, res) => res.redirect('/me'))
    app.get('/unchanged', (_req, res) => void res.set('ETag', '"v1"').json({}))
    app.get('/replaced', (_req, res) => {
      res.set('Link', '</next>; rel="next"').set('Vary', 'Accept').json({})
    })
    app.get('/raw', (_req, res) => {
      res.writeHead(203, { Link: '</next>; rel="next"', Vary: 'Accept', 'X-Own': 'yes' }).end('{}')
    })
  },
  varied(app, { auth }) {
    app.use(dualAuth(auth))
    app.use(requireAuth())
    app.get('/set', (_req, res) => void res.set(Object.fromEntries(OWN)).json({}))
    app.get('/object', (_req, res) => void res.writeHead(200, Object.fromEntries(OWN)).end('{}'))
    app.get('/flat', (_req, res) => void res.writeHead(200, OWN.flat()).end('{}'))
    app.get('/pairs', (_req, res) => void res.writeHead(200, OWN as never).end('{}'))
    app.get('/removed', (_req, res) => {
      for (const [name] of OWN) res.removeHeader(name)
      res.json({})
    })
  },
  answered(app, { auth }) {
    app.use(dualAuth(auth))
    app.use((_req, res, next) => {
      res.status(202).end()
      next()
    })
    app.get('/me', requireAuth(), (_req, res) => {
      if (!res.headersSent) res.json({})
    })
  },
}
