import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createSubject, send, whoami, type Subject } from '@dualauth/conformance'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dualAuth, getPrincipal, requireAuth, requirePermission, requireRole } from '../src/index.js'

let subject: Subject
let app: Express
const closing: (() => Promise<unknown>)[] = []
const me: RequestHandler = (req, res) => void res.json(whoami(getPrincipal(req)))

beforeEach(async () => {
  subject = await createSubject()
  app = express()
  app.set('env', 'test')
})
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

async function statuses(
  calls: Readonly<Record<string, string | null>>,
  method = 'GET',
  more: Readonly<Record<string, string>> = {},
): Promise<number[]> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = async ([path, token]: [string, string | null]): Promise<number> =>
    (
      await send(origin, {
        method,
        path,
        headers: { ...more, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      })
    ).status
  return Promise.all(Object.entries(calls).map(ask))
}

it('lets the longest path govern, wherever routes and mounts are declared', async () => {
  const partner = express.Router()
  partner.use(dualAuth(subject.other))
  app.use('/partner', partner)
  app.use('/orders', dualAuth(subject.other))
  app.use(dualAuth(subject.auth))
  for (const path of ['/partner/left', '/orders/1', '/me']) app.get(path, requireAuth(), me)
  const other = subject.otherToken('editor-1')
  expect(await statuses({ '/partner/left': other, '/orders/1': other, '/me': other })).toEqual([200, 200, 401])
  const own = subject.token('editor-1')
  expect(await statuses({ '/partner/left': own, '/orders/1': own, '/me': own })).toEqual([401, 401, 200])
})

it('hands no error on when something has answered before the guard lets the caller in', async () => {
  const errors: unknown[] = []
  const onError: ErrorRequestHandler = (error, _req, _res, next) => {
    errors.push(error)
    next(error)
  }
  const reached = vi.fn<() => void>()
  app.use(dualAuth(subject.auth))
  app.use((_req, res, next) => {
    res.status(202).end()
    next()
  })
  app.get('/me', requireAuth(), reached)
  app.use(onError)
  expect(await statuses({ '/me': subject.token('editor-1') })).toEqual([202])
  expect(reached).toHaveBeenCalledOnce()
  expect(errors).toEqual([])
})

it.each([undefined, null, 0, '', 'route', 'router'])(
  'lets nobody in when a callback rejects with %j',
  async (thrown) => {
    app.use(dualAuth(subject.auth))
    app.get(
      '/me',
      requirePermission(() => Promise.reject(thrown)),
      me,
    )
    app.get('/me', (_req, res) => void res.json({ skipped: true }))
    expect(await statuses({ '/me': subject.token('guest-1') })).toEqual([500])
  },
)

it('does not take a route that was left for the one that runs', async () => {
  app.get(/.*/, (_req, _res, next) => next())
  app.use(dualAuth(subject.auth))
  app.get('/me', requireAuth(), me)
  expect(await statuses({ '/me': subject.token('editor-1') })).toEqual([200])
})

it('fails closed where the instance of a route that was left might be meant', async () => {
  app.use(dualAuth(subject.auth))
  app.get('/me', dualAuth(subject.other), (_req, _res, next) => next('route'))
  app.use(requireAuth(), me)
  expect(await statuses({ '/me': subject.otherToken('editor-1') })).toEqual([500])
})

it('never hands a crafted preflight on, whatever comes next', async () => {
  let ran = 0
  const count: RequestHandler = (_req, res) => {
    ran++
    res.json({})
  }
  app.use(dualAuth(subject.auth))
  app.use('/proxy', requireAuth(), count)
  const router = express.Router()
  router.use(requireAuth())
  router.all('/x', count)
  app.use('/router', router)
  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  expect(await statuses({ '/proxy': null, '/router/x': null }, 'OPTIONS', preflight)).toEqual([204, 204])
  expect(ran).toBe(0)
})

it('fails closed when a router at the same path binds another instance', async () => {
  const inner = express.Router()
  inner.use(dualAuth(subject.other))
  app.use(dualAuth(subject.auth))
  app.use(inner)
  app.get('/admin', requireRole('admin'), me)
  expect(await statuses({ '/admin': subject.otherToken('admin-1') })).toEqual([500])
})

it('binds an instance for one route', async () => {
  app.use(dualAuth(subject.auth))
  app.get('/one', dualAuth(subject.other), requireAuth(), me)
  app.get('/two', requireAuth(), me)
  expect(await statuses({ '/one': subject.otherToken('editor-1'), '/two': subject.token('editor-1') })).toEqual([
    200, 200,
  ])
})

it('matches whole path segments only', async () => {
  const partner = express.Router()
  partner.use(dualAuth(subject.other))
  app.use(dualAuth(subject.auth))
  app.use('/part', partner)
  app.use('/partner', express.Router().get('/me', requireAuth(), me))
  expect(await statuses({ '/partner/me': subject.token('editor-1') })).toEqual([200])
})

it.each([
  ['dualAuth', () => dualAuth({} as never)],
  ['a wildcard in a requirement', () => requirePermission('things:*')],
  ['two permissions in one text', () => requirePermission('things:read things:write')],
  ['an empty list', () => requirePermission({ any: [] })],
  ['no role', () => requireRole()],
  ['options of requireAuth', () => (requireAuth as (options: object) => unknown)({ stale: true })],
  ['a wrong option of requireAuth', () => requireAuth({ fresh: 'yes' as never })],
])('refuses a mistake when the app is built: %s', (_what, build) => {
  expect(build).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
})

it('says how to write a guard that was passed without being called', () => {
  expect(() => (requireAuth as unknown as RequestHandler)({} as never, {} as never, () => {})).toThrow(
    /write requireAuth\(\)/,
  )
  expect(() => (requirePermission as unknown as RequestHandler)({} as never, {} as never, () => {})).toThrow(
    /write requirePermission\(\)/,
  )
  expect(() => (requireRole as unknown as RequestHandler)({} as never, {} as never, () => {})).toThrow(
    /write requireRole\(\)/,
  )
})

describe('what an answer varies with is said', () => {
  const editor = () => ({ authorization: `Bearer ${subject.token('editor-1')}` })
  const own: RequestHandler = (_req, res) => void res.set('Vary', 'Accept').send('private')

  async function answers(to: Express, paths: readonly string[]): Promise<(readonly [string, string])[]> {
    const server = to.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    closing.push(() => new Promise((resolve) => server.close(resolve)))
    const found: (readonly [string, string])[] = []
    for (const path of paths) {
      const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
        headers: editor(),
      })
      found.push([headers.get('vary') ?? '', headers.get('cache-control') ?? ''])
    }
    return found
  }
  const said = ['Accept, Authorization, x-api-key, x-access-token, Cookie', 'private, no-store'] as const

  it('where a mounted app lets the caller in and the app around it answers', async () => {
    const inner = express().use(requireAuth())
    app.use(dualAuth(subject.auth)).use('/inner', inner)
    app.get('/inner/thing', own)
    expect(await answers(app, ['/inner/thing', '/inner/thing'])).toEqual([said, said])
  })

  it('where one app is mounted in two', async () => {
    const inner = express().use(dualAuth(subject.auth), requireAuth())
    inner.get('/thing', own)
    const other = express().use('/inner', inner)
    app.use('/inner', inner)
    expect(await answers(app, ['/inner/thing', '/inner/thing'])).toEqual([said, said])
    expect(await answers(other, ['/inner/thing', '/inner/thing'])).toEqual([said, said])
  })

  it('where another middleware has replaced writeHead of the response', async () => {
    app.use((_req, res, next) => {
      const { writeHead } = res
      res.writeHead = function (this: typeof res, ...args: unknown[]) {
        this.setHeader('X-Seen', '1')
        return Reflect.apply(writeHead, this, args)
      } as typeof writeHead
      next()
    })
    app.use(dualAuth(subject.auth))
    app.get('/thing', requireAuth(), own)
    expect(await answers(app, ['/thing', '/thing'])).toEqual([said, said])
  })

  it('where a router runs without an app', async () => {
    const router = express.Router().use(dualAuth(subject.auth))
    router.get('/thing', requireAuth(), (_req, res) => void res.writeHead(200, { Vary: 'Accept' }).end())
    const bare = ((req: never, res: never) => router(req, res, () => {})) as unknown as Express
    const listening = Object.assign(bare, { listen: (...args: []) => createServer(bare).listen(...args) })
    expect(await answers(listening, ['/thing'])).toEqual([said])
  })

  it('of a file, which is not public then', async () => {
    app.use(dualAuth(subject.auth))
    app.get('/file', requireAuth(), (_req, res) => res.sendFile(fileURLToPath(import.meta.url)))
    expect(await answers(app, ['/file'])).toEqual([
      ['Authorization, x-api-key, x-access-token, Cookie', 'private, no-store'],
    ])
  })
})
