import { createSubject, type Subject } from '@dualauth/conformance'
import Fastify, { type FastifyInstance } from 'fastify'
import Fastify4 from 'fastify4'
import { beforeEach, describe, expect, it } from 'vitest'
import { dualAuth, getPrincipal, mountHandler, requireAuth } from '../src/index.js'

let subject: Subject
beforeEach(async () => {
  subject = await createSubject()
})

// The wording is what is promised here: whoever reads it must know what to write instead.
describe.each([
  ['Fastify 5', Fastify],
  ['Fastify 4', Fastify4 as unknown as typeof Fastify],
])('%s: a mistake says what to write instead', (_name, create) => {
  let app: FastifyInstance
  beforeEach(() => {
    app = create()
  })
  const wrong = (message: string): object => expect.objectContaining({ code: 'configuration_invalid', message })
  const failure = async (): Promise<unknown> => {
    const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
    return (await app.inject({ url: '/', headers })).json()
  }

  it('dualAuth called as in other frameworks', () => {
    const call = dualAuth as unknown as (auth: unknown) => never
    expect(() => app.register(call(subject.auth))).toThrow(wrong('dualAuth: write app.register(dualAuth, { auth })'))
  })

  it('mountHandler called as in other frameworks', () => {
    const call = mountHandler as unknown as (handler: unknown) => never
    expect(() => app.register(call(() => new Response()))).toThrow(
      wrong("mountHandler: write await app.register(mountHandler, { prefix: '/path', handler })"),
    )
  })

  it('mountHandler without a prefix, which would answer every path', async () => {
    await expect(app.register(mountHandler, { handler: () => new Response() })).rejects.toEqual(
      wrong("mountHandler.prefix: is missing; write await app.register(mountHandler, { prefix: '/path', handler })"),
    )
  })

  it('but takes the prefix of the context, and the root where that is said', async () => {
    const handler = ({ url }: Request): Response => new Response(new URL(url).pathname)
    await app.register((scope) => scope.register(mountHandler, { handler }).then(() => {}), { prefix: '/api' })
    await app.register(mountHandler, { prefix: '/', handler })
    const answers = await Promise.all(['/api/x', '/api', '/', '/y/z'].map((url) => app.inject({ url })))
    expect(answers.map(({ body }) => body)).toEqual(['/api/x', '/api', '/', '/y/z'])
  })

  it('an instance in place of the options', async () => {
    await expect(app.register(dualAuth, subject.auth as never)).rejects.toEqual(
      wrong('dualAuth: the options are an instance; write app.register(dualAuth, { auth })'),
    )
  })

  it('no options at all', async () => {
    await expect(app.register(dualAuth as never)).rejects.toEqual(
      wrong('dualAuth.auth: must be what createDualAuth() returned; write app.register(dualAuth, { auth })'),
    )
  })

  it('a misspelt option, which would leave every route open', async () => {
    await expect(app.register(dualAuth, { auth: subject.auth, defaults: 'deny' } as never)).rejects.toEqual(
      wrong('dualAuth.defaults: unknown option; it takes auth, default, prefix, logLevel, logSerializers'),
    )
  })

  it('but takes what Fastify reads of every plugin', async () => {
    const options = { prefix: '/x', logLevel: 'warn', logSerializers: {} } as const
    await app.register(dualAuth, { auth: subject.auth, default: 'deny', ...options })
    app.get('/', async () => ({}))
    expect((await app.inject('/')).statusCode).toBe(401)
  })

  it.each([
    ['things:*', 'requirePermission: must be a permission such as `resource:action`, without wildcards'],
    [
      { any: [] },
      'requirePermission: must be a permission such as `resource:action`, { any: […] }, { all: […] } or a function',
    ],
  ])('a wrong permission of a route', async (permission, message) => {
    await app.register(dualAuth, { auth: subject.auth })
    expect(() => app.get('/', { config: { auth: { permission } } as object }, async () => ({}))).toThrow(
      wrong(`route /: config.auth: ${message}`),
    )
  })

  it('a wrong config.auth of a route that was declared before, by its name', async () => {
    app.get('/', { config: { auth: 'yes' } as object }, async () => ({}))
    await app.register(dualAuth, { auth: subject.auth })
    expect(await failure()).toMatchObject({
      statusCode: 500,
      message:
        "route /: config.auth: must be true, false, 'optional', or exactly one of { permission }, { role }, { organization }",
    })
  })

  it('a guard where no plugin governs', async () => {
    app.get('/', { onRequest: requireAuth() }, async () => ({}))
    expect(await failure()).toMatchObject({
      code: 'middleware_missing',
      message: 'requireAuth: no dualAuth is mounted above this route; write app.register(dualAuth, { auth })',
    })
  })

  it('the principal where no plugin governs, or of an instance whose guards did not run', async () => {
    app.get('/', async (request) => ({ id: getPrincipal(request).id }))
    expect(await failure()).toMatchObject({
      message: 'getPrincipal: no dualAuth is mounted above this route; write app.register(dualAuth, { auth })',
    })
    app = create()
    await app.register(dualAuth, { auth: subject.auth, default: 'deny' })
    app.get('/', async (request) => ({ id: getPrincipal(request, subject.other).id }))
    expect(await failure()).toMatchObject({
      code: 'principal_missing',
      message: expect.stringContaining('no guard of that instance authenticated this request') as string,
    })
  })
})
