import { createSubject, type Subject } from '@dualauth/conformance'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler, type Express } from 'express'
import express4 from 'express4'
import { beforeEach, describe, expect, it } from 'vitest'
import { dualAuth, getOptionalPrincipal, getPrincipal, requireAuth } from '../src/index.js'

let subject: Subject
beforeEach(async () => {
  subject = await createSubject()
})

/** Code and message of what reaches the app's error handler. */
async function failureOf(app: Express): Promise<{ code: string; message: string }> {
  app.use(((error: Error & { code: string }, _req, res, _next) => {
    res.status(500).json({ code: error.code, message: error.message })
  }) as ErrorRequestHandler)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
  const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers })
  await new Promise((resolve) => server.close(resolve))
  return (await reply.json()) as { code: string; message: string }
}

// The wording is what is promised here: whoever reads it must know what to write instead.
describe.each([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
])('%s: a mistake says what to write instead', (_name, framework) => {
  it('dualAuth passed without calling it', async () => {
    expect(await failureOf(framework().use(dualAuth as never))).toEqual({
      code: 'guard_not_called',
      message: 'dualAuth was passed without being called; write app.use(dualAuth(auth))',
    })
  })

  it('a guard passed without calling it', async () => {
    const app = framework().use(dualAuth(subject.auth))
    expect(await failureOf(app.use(requireAuth as never))).toMatchObject({
      code: 'guard_not_called',
      message: 'requireAuth was passed without being called; write requireAuth()',
    })
  })

  it.each([
    ['requireAuth', requireAuth()],
    ['getPrincipal', ((req) => void getPrincipal(req)) as express.RequestHandler],
  ])('%s where nothing is mounted', async (name, handler) => {
    expect(await failureOf(framework().get('/', handler))).toEqual({
      code: 'middleware_missing',
      message: `${name}: no dualAuth is mounted above this route; write app.use(dualAuth(auth))`,
    })
  })

  it('the principal of an instance whose guards did not run', async () => {
    const app = framework().use(dualAuth(subject.auth), requireAuth())
    app.get('/', (req, res) =>
      res.json({ anonymous: getOptionalPrincipal(req, subject.other), ...getPrincipal(req, subject.other) }),
    )
    expect(await failureOf(app)).toMatchObject({
      code: 'principal_missing',
      message: expect.stringContaining('no guard of that instance authenticated this request') as string,
    })
  })
})

it('what is no instance says how to mount one', () => {
  expect(() => dualAuth({ auth: subject.auth } as never)).toThrow(
    'dualAuth.auth: must be what createDualAuth() returned; write app.use(dualAuth(auth))',
  )
})
