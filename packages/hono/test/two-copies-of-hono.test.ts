import { createRequire } from 'node:module'
import { createSubject, type Subject } from '@dualauth/conformance'
import * as loaded from 'hono'
import { beforeEach, expect, it } from 'vitest'
import { dualAuth, getPrincipal, requireAuth } from '../src/index.js'

// An app that is CommonJS has another copy of Hono than this package, which is loaded as an ES module.
const { Hono } = createRequire(import.meta.url)('hono') as typeof loaded

let subject: Subject
beforeEach(async () => {
  subject = await createSubject()
})

it('guards an app of another loaded copy of Hono, and the longest path still governs', async () => {
  expect(Hono).not.toBe(loaded.Hono)
  const app = new Hono()
  app.use('/partner/*', dualAuth(subject.other))
  app.use(dualAuth(subject.auth))
  for (const path of ['/me', '/partner/me']) app.get(path, requireAuth(), (c) => c.json({ id: getPrincipal(c).id }))
  const ask = async (path: string, token: string) => {
    const reply = await app.request(path, { headers: { authorization: `Bearer ${token}` } })
    return [reply.status, ((await reply.json()) as { id?: string }).id]
  }
  expect(await ask('/me', subject.token('editor-1'))).toEqual([200, 'app-editor-1'])
  expect(await ask('/partner/me', subject.otherToken('editor-2'))).toEqual([200, 'app-editor-2'])
  expect(await ask('/partner/me', subject.token('editor-1'))).toEqual([401, undefined])
})

it('says what to do where a request of another copy does not tell its route', async () => {
  const app = new Hono()
  app.onError((error, c) => c.json({ code: (error as { code?: string }).code, message: error.message }, 500))
  app.use((c, next) => {
    Object.defineProperty(c.req, 'routePath', { value: undefined })
    return next()
  })
  app.use(dualAuth(subject.auth))
  const reply = await app.request('/', { headers: { authorization: `Bearer ${subject.token('editor-1')}` } })
  expect(reply.status).toBe(500)
  expect(await reply.json()).toEqual({
    code: 'configuration_invalid',
    message:
      'dualAuth: the app runs on another copy of Hono than @dualauth/hono; install one version, and load both by import or both by require',
  })
})
