import type { AddressInfo } from 'node:net'
import { createSubject, header, send, type Reply, type Subject } from '@dualauth/conformance'
import { isAuthError } from '@dualauth/core'
import express, { type ErrorRequestHandler, type Express } from 'express'
import express4 from 'express4'
import { beforeEach, describe, expect, it } from 'vitest'
import { dualAuth, requireAuth, requirePermission } from '../src/index.js'

let subject: Subject
beforeEach(async () => {
  subject = await createSubject()
})

async function ask(app: Express, authorization?: string): Promise<Reply> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    return await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      path: '/me',
      headers: authorization === undefined ? {} : { authorization },
    })
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
])('%s: onRefusal: next', (_name, framework) => {
  function create(): Express {
    const app = framework()
    app.set('env', 'test')
    app.use((_req, res, next) => {
      res.vary('Origin')
      next()
    })
    app.use(dualAuth(subject.auth, { onRefusal: 'next' }))
    app.get('/me', requireAuth(), requirePermission('things:write'), (_req, res) => void res.send('in'))
    return app
  }
  const bearer = (id: string): string => `Bearer ${subject.token(id)}`

  it('lets the default error handler answer with status, challenge and cache headers', async () => {
    const reply = await ask(create())
    expect(reply.status).toBe(401)
    expect(header(reply, 'content-type')).toContain('text/html')
    expect(header(reply, 'www-authenticate')).toMatch(/^Bearer realm="api", .*ApiKey realm="api"/)
    expect(header(reply, 'cache-control')).toBe('private, no-store')
    expect(header(reply, 'vary')).toMatch(/Origin, Authorization/)
    expect((await ask(create(), bearer('reader-1'))).status).toBe(403)
    const outage = await ask(create(), 'Bearer down_1')
    expect([outage.status, header(outage, 'retry-after')]).toEqual([503, '5'])
    expect((await ask(create(), bearer('editor-1'))).text).toBe('in')
  })

  it('tells the error handler of the app whom an unlinked credential is of', async () => {
    const app = create()
    app.use(((error: unknown, _req, res, next) => {
      if (!isAuthError(error) || error.identity === null) return next(error)
      res.redirect(303, `/link?as=${error.identity.verifier}`)
    }) as ErrorRequestHandler)
    const reply = await ask(app, bearer('unlinked-1'))
    expect([reply.status, header(reply, 'location')]).toEqual([303, '/link?as=legacy'])
    expect(header(reply, 'cache-control')).toBe('private, no-store')
  })

  it('gives the error handler of the app the headers of the answer', async () => {
    const app = create()
    app.use(((error: unknown, _req, res, next) => {
      if (!isAuthError(error)) return next(error)
      res.set(error.headers).status(error.status).json({ code: error.code })
    }) as ErrorRequestHandler)
    const reply = await ask(app)
    expect([reply.status, JSON.parse(reply.text)]).toEqual([401, { code: 'credential_missing' }])
    expect(header(reply, 'www-authenticate')).toMatch(/^Bearer realm="api"/)
    expect(header(await ask(app, 'Bearer down_1'), 'retry-after')).toBe('5')
  })

  it('counts for the instance that it was said of', async () => {
    const app = framework()
    app.use(dualAuth(subject.auth, { onRefusal: 'next' }))
    app.use('/me', dualAuth(subject.other))
    app.get('/me', requireAuth(), (_req, res) => void res.send('in'))
    expect(header(await ask(app), 'content-type')).toContain('application/problem+json')
  })
})

it('refuses options that are no object', () => {
  expect(() => dualAuth(subject.auth, 'next' as never)).toThrow(
    "dualAuth: the options are an object: { onRefusal: 'next' }",
  )
})

it.each([{ onRefusal: 'throw' }, { onrefusal: 'next' }])('refuses the option %j by name', (options) => {
  expect(() => dualAuth(subject.auth, options as never)).toThrow(/^dualAuth\.on[rR]efusal: /)
})
