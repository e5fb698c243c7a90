import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSubject, send, whoami, type Subject } from '@dualauth/conformance'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { beforeEach, expect, it } from 'vitest'
import { dualAuth, getPrincipal, requireAuth, type AuthEnv } from '../src/index.js'

let subject: Subject
const bearer = (token: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}` },
})

beforeEach(async () => {
  subject = await createSubject()
})

it('creates the instance from the environment of a request, once per environment', async () => {
  let created = 0
  const app = new Hono<AuthEnv>()
  app.use(
    dualAuth(() => {
      created++
      return subject.auth
    }),
  )
  app.get('/me', requireAuth(), (c) => c.json(whoami(c.var.principal)))
  const [one, two] = [{ REGION: 'a' }, { REGION: 'b' }]
  for (const env of [one, one, two, one]) {
    expect((await app.request('/me', bearer(subject.token('editor-1')), env)).status).toBe(200)
  }
  expect(created).toBe(2)
})

it.each([
  ['Node', () => ({ incoming: {}, outgoing: {} })],
  ['Deno', () => ({ remoteAddr: { hostname: '127.0.0.1' }, completed: Promise.resolve() })],
  ['AWS Lambda', () => ({ event: {}, requestContext: {}, lambdaContext: {} })],
])('creates one instance where %s tells about each request instead', async (_server, info) => {
  let created = 0
  const app = new Hono<AuthEnv>()
  app.use(dualAuth(() => (created++, subject.auth)))
  app.get('/me', requireAuth(), (c) => c.json(whoami(c.var.principal)))
  for (let i = 0; i < 3; i++)
    expect((await app.request('/me', bearer(subject.token('editor-1')), info())).status).toBe(200)
  expect(created).toBe(1)
})

it('keeps its state when middleware replaces the request', async () => {
  const app = new Hono()
  app.use(dualAuth(subject.auth))
  app.post('/upload', requireAuth(), bodyLimit({ maxSize: 1_000 }), requireAuth(), (c) =>
    c.json(whoami(getPrincipal(c))),
  )
  const before = subject.events.length
  const reply = await app.request('/upload', { method: 'POST', body: 'x', ...bearer(subject.token('editor-1')) })
  expect(reply.status).toBe(200)
  expect(subject.events.slice(before).map(({ type }) => type)).toEqual(['verified', 'authenticated'])
})

it('adds its headers to a response whose headers cannot be changed', async () => {
  const app = new Hono()
  app.use(dualAuth(subject.auth))
  app.get('/moved', requireAuth(), () => Response.redirect('https://example.com/', 302))
  const reply = await app.request('/moved', bearer(subject.token('editor-1')))
  expect(reply.status).toBe(302)
  expect(reply.headers.get('cache-control')).toBe('private, no-store')
  expect(reply.headers.get('vary')).toBe('Authorization, x-api-key, x-access-token, Cookie')
})

it('fails closed when a sub-app at the same path binds another instance', async () => {
  const app = new Hono()
  app.onError((error, c) => c.json({ code: (error as { code?: string }).code }, 500))
  app.use(dualAuth(subject.auth))
  app.route('/', new Hono().use(dualAuth(subject.other)))
  app.get('/admin', requireAuth(), (c) => c.json(whoami(getPrincipal(c))))
  const reply = await app.request('/admin', bearer(subject.otherToken('admin-1')))
  expect(await reply.json()).toEqual({ code: 'middleware_conflict' })
})

it('lets the longest path govern, in whatever order mounts are declared', async () => {
  const app = new Hono()
  app.use('/partner/*', dualAuth(subject.other))
  app.use(dualAuth(subject.auth))
  app.get('/partner/me', requireAuth(), (c) => c.json(whoami(getPrincipal(c))))
  app.get('/me', requireAuth(), (c) => c.json(whoami(getPrincipal(c))))
  const status = async (path: string, token: string) => (await app.request(path, bearer(token))).status
  expect(await status('/partner/me', subject.otherToken('editor-1'))).toBe(200)
  expect(await status('/partner/me', subject.token('editor-1'))).toBe(401)
  expect(await status('/me', subject.token('editor-1'))).toBe(200)
  expect(await status('/me', subject.otherToken('editor-1'))).toBe(401)
})

it('never hands a crafted preflight on, whatever comes next', async () => {
  let ran = 0
  const app = new Hono()
  app.use(dualAuth(subject.auth))
  app.use('/api/*', requireAuth())
  app.all('/api/x', (c) => c.json({ ran: ++ran }))
  app.all('/y', requireAuth(), async (c, next) => {
    ran++
    await next()
    return c.json({})
  })
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  for (const path of ['/api/x', '/y'])
    expect((await app.request(path, { method: 'OPTIONS', headers })).status).toBe(204)
  expect(ran).toBe(0)
})

it('judges an inner request by its own headers, also behind Node', async () => {
  const app = new Hono()
  app.use(dualAuth(subject.auth))
  app.get('/me', requireAuth(), (c) => c.json(whoami(getPrincipal(c))))
  app.get('/batch', requireAuth(), (c) => app.request('/me', bearer(subject.token('service-1')), c.env))
  app.get('/stripped', async (c) => app.request('/me', {}, c.env))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const guest = { authorization: `Bearer ${subject.token('guest-1')}` }
  expect((await send(origin, { path: '/batch', headers: guest })).json()['id']).toBe('app-service-1')
  expect((await send(origin, { path: '/stripped', headers: guest })).status).toBe(401)
  await new Promise((resolve) => server.close(resolve))
})

it('creates one instance behind Node, whose server makes its bindings anew for each request', async () => {
  let created = 0
  const app = new Hono()
  app.use(dualAuth(() => (created++, subject.auth)))
  app.get('/me', requireAuth(), (c) => c.json(whoami(getPrincipal(c))))
  for (let i = 0; i < 3; i++)
    await app.request('/me', bearer(subject.token('editor-1')), { incoming: {}, outgoing: {} })
  await app.request('/me', bearer(subject.token('editor-1')))
  expect(created).toBe(1)
})

it('returns the principal of the instance that is asked for, and of no other', async () => {
  const app = new Hono()
  app.onError((_error, c) => c.text('', 500))
  app.use(dualAuth(subject.auth))
  app.get('/own', requireAuth(), (c) => c.json(whoami(getPrincipal(c, subject.auth))))
  app.get('/other', requireAuth(), (c) => c.json(whoami(getPrincipal(c, subject.other))))
  expect((await app.request('/own', bearer(subject.token('editor-1')))).status).toBe(200)
  expect((await app.request('/other', bearer(subject.token('editor-1')))).status).toBe(500)
})

it('refuses what is no instance, when mounting and when a function returns it', async () => {
  expect(() => dualAuth({} as never)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
  const app = new Hono()
  app.onError((_error, c) => c.text('', 500))
  app.use(dualAuth(() => undefined as never))
  app.get('/', (c) => c.text('in'))
  expect((await app.request('/')).status).toBe(500)
})
