import { createSubject, whoami, type Subject } from '@dualauth/conformance'
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

it('keeps its state when middleware replaces the request', async () => {
  const app = new Hono()
  app.use(dualAuth(subject.auth))
  app.post('/upload', requireAuth(), bodyLimit({ maxSize: 1_000 }), requireAuth(), (c) =>
    c.json(whoami(getPrincipal(c))),
  )
  const before = subject.events.length
  const reply = await app.request('/upload', { method: 'POST', body: 'x', ...bearer(subject.token('editor-1')) })
  expect(reply.status).toBe(200)
  expect(subject.events.slice(before).map(({ type }) => type)).toEqual(['authenticated'])
})

it('adds its headers to a response whose headers cannot be changed', async () => {
  const app = new Hono()
  app.use(dualAuth(subject.auth))
  app.get('/moved', requireAuth(), () => Response.redirect('https://example.com/', 302))
  const reply = await app.request('/moved', bearer(subject.token('editor-1')))
  expect(reply.status).toBe(302)
  expect(reply.headers.get('cache-control')).toBe('private, no-store')
  expect(reply.headers.get('vary')).toBe('Authorization, x-api-key, Cookie')
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
