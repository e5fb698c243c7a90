import { createSubject, whoami, type Subject } from '@dualauth/conformance'
import Fastify, { type FastifyInstance, type onRequestAsyncHookHandler } from 'fastify'
import { beforeEach, describe, expect, it } from 'vitest'
import { dualAuth, getPrincipal, requireAuth } from '../src/index.js'
import '../src/augment.js'

let subject: Subject
let app: FastifyInstance
const status = async (url: string, caller?: string): Promise<number> => {
  const headers = caller === undefined ? {} : { authorization: `Bearer ${subject.token(caller)}` }
  return (await app.inject({ url, headers })).statusCode
}

beforeEach(async () => {
  subject = await createSubject()
  app = Fastify()
})

describe('deny by default', () => {
  it('requires authentication of every route that does not say otherwise, also of those declared before', async () => {
    app.get('/before', async () => ({}))
    await app.register(async (child) => void child.get('/child-before', async () => ({})))
    await app.register(dualAuth, { auth: subject.auth, default: 'deny' })
    app.get('/after', async () => ({}))
    app.get('/public', { config: { auth: false } }, async () => ({}))
    app.get('/optional', { config: { auth: 'optional' } }, async (request) => whoami(request.principal))
    await app.register(async (child) => void child.get('/child', async () => ({})))
    for (const url of ['/before', '/child-before', '/after', '/child']) {
      expect([url, await status(url), await status(url, 'reader-1')]).toEqual([url, 401, 200])
    }
    expect(await status('/public')).toBe(200)
    expect(await status('/optional')).toBe(200)
  })

  it('holds in a child that binds another instance, unless the child opens itself', async () => {
    await app.register(dualAuth, { auth: subject.auth, default: 'deny' })
    for (const [prefix, options] of [
      ['/closed', {}],
      ['/open', { default: 'allow' }],
    ] as const) {
      await app.register(
        async (child) => {
          await child.register(dualAuth, { auth: subject.other, ...options })
          child.get('/x', async () => ({}))
        },
        { prefix },
      )
    }
    expect([await status('/closed/x'), await status('/open/x')]).toEqual([401, 200])
  })

  it('answers 404 where there is no route', async () => {
    await app.register(dualAuth, { auth: subject.auth, default: 'deny' })
    expect(await status('/nowhere')).toBe(404)
  })

  it('guards the HEAD route that Fastify adds', async () => {
    await app.register(dualAuth, { auth: subject.auth, default: 'deny' })
    app.get('/me', async () => ({}))
    expect((await app.inject({ method: 'HEAD', url: '/me' })).statusCode).toBe(401)
  })

  it('leaves contexts beside the registering one alone', async () => {
    await app.register(async (inside) => {
      await inside.register(dualAuth, { auth: subject.auth, default: 'deny' })
      inside.get('/inside', async () => ({}))
    })
    app.get('/outside', async () => ({}))
    expect(await status('/inside')).toBe(401)
    expect(await status('/outside')).toBe(200)
  })

  it('refuses before the body is parsed', async () => {
    await app.register(dualAuth, { auth: subject.auth, default: 'deny' })
    let parsed = 0
    app.addContentTypeParser('text/x', (_request, _payload, done) => done(null, ++parsed))
    app.post('/upload', async () => ({}))
    const reply = await app.inject({
      method: 'POST',
      url: '/upload',
      headers: { 'content-type': 'text/x' },
      payload: 'x',
    })
    expect([reply.statusCode, parsed]).toEqual([401, 0])
  })
})

describe('config.auth', () => {
  it.each([
    ['an unknown name', { permision: 'things:read' }],
    ['a wildcard', { permission: '*' }],
    ['two requirements', { permission: 'things:read', role: 'admin' }],
    ['a text', 'yes'],
    ['null', null],
    ['an empty object', {}],
  ])('is refused at boot when it is %s', async (_what, auth) => {
    await app.register(dualAuth, { auth: subject.auth })
    expect(() => app.get('/x', { config: { auth } as object }, async () => ({}))).toThrow(/route \/x: config\.auth/)
  })
})

describe('registering', () => {
  it('names a wrong option', async () => {
    await expect(app.register(dualAuth, { auth: {} as never })).rejects.toMatchObject({ code: 'configuration_invalid' })
    await expect(Fastify().register(dualAuth, { auth: subject.auth, default: 'closed' as never })).rejects.toThrow(
      /default/,
    )
  })

  it('refuses two registrations in one context', async () => {
    await app.register(dualAuth, { auth: subject.auth })
    await expect(app.register(dualAuth, { auth: subject.other })).rejects.toMatchObject({ code: 'middleware_conflict' })
  })

  it('returns the principal of the instance that is asked for, and of no other', async () => {
    await app.register(dualAuth, { auth: subject.auth })
    app.get('/own', { onRequest: requireAuth() }, async (request) => whoami(getPrincipal(request, subject.auth)))
    app.get('/other', { onRequest: requireAuth() }, async (request) => whoami(getPrincipal(request, subject.other)))
    expect(await status('/own', 'reader-1')).toBe(200)
    expect(await status('/other', 'reader-1')).toBe(500)
  })

  it('lets an error handler of the app see nothing of a refusal', async () => {
    let seen = 0
    app.setErrorHandler((error, _request, reply) => void reply.code(++seen && 500).send(error))
    await app.register(dualAuth, { auth: subject.auth, default: 'deny' })
    app.get('/me', async () => ({}))
    expect([await status('/me'), seen]).toEqual([401, 0])
  })
})

describe('a preflight that somebody crafted', () => {
  const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' }

  it.each(['onRequest', 'preValidation', 'preHandler'] as const)(
    'reaches no handler behind a guard in %s',
    async (hook) => {
      await app.register(dualAuth, { auth: subject.auth })
      let handled = 0
      app.route({
        method: ['GET', 'OPTIONS'],
        url: '/me',
        [hook]: requireAuth(),
        handler: async () => ({ handled: ++handled }),
      })
      const answer = await app.inject({ method: 'OPTIONS', url: '/me', headers: preflight })
      expect([answer.statusCode, handled]).toEqual([204, 0])
      expect(await status('/me')).toBe(401)
      expect(await status('/me', 'reader-1')).toBe(200)
    },
  )
})

it('runs a guard that another hook calls, which goes on only where it lets in', async () => {
  await app.register(dualAuth, { auth: subject.auth })
  const seen: string[] = []
  const onRequest: onRequestAsyncHookHandler = async (request, reply) => {
    await requireAuth()(request, reply)
    if (reply.sent) return reply
    seen.push(getPrincipal(request).id)
    return undefined
  }
  app.get('/me', { onRequest }, async () => ({}))
  expect([await status('/me'), await status('/me', 'reader-1')]).toEqual([401, 200])
  expect(seen).toHaveLength(1)
})

it.each(['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const)(
  'guards in %s, whether or not a credential has to be waited for',
  async (phase) => {
    await app.register(dualAuth, { auth: subject.auth })
    app.post('/x', { [phase]: requireAuth() }, async (request) => ({ body: request.body }))
    const post = async (headers: Record<string, string>) =>
      (await app.inject({ method: 'POST', url: '/x', headers, payload: { a: 1 } })).body
    expect(await post({})).toContain('credential_missing')
    for (const headers of [{ authorization: `Bearer ${subject.token('reader-1')}` }, { 'x-api-key': subject.apiKey }])
      expect([await post(headers), await post(headers)]).toEqual(['{"body":{"a":1}}', '{"body":{"a":1}}'])
  },
)
