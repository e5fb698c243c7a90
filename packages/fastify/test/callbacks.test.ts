import { createSubject } from '@dualauth/conformance'
import fastify from 'fastify'
import fastify4 from 'fastify4'
import { describe, expect, it } from 'vitest'
import { dualAuth, requirePermission } from '../src/index.js'

describe.each([
  ['Fastify 5', fastify],
  ['Fastify 4', fastify4 as unknown as typeof fastify],
])('%s', (_version, create) => {
  it.each([undefined, null, false, 0, ''])('a callback that rejects with %j lets nobody in', async (reason) => {
    const { auth, token } = await createSubject()
    const app = create()
    await app.register(dualAuth, { auth, default: 'deny' })
    const refuses = () => Promise.reject(reason as unknown as Error)
    const throws = () => {
      throw reason
    }
    const handler = async () => 'let in'
    app.get('/permission', { config: { auth: { permission: refuses } } }, handler)
    app.get('/thrown', { config: { auth: { permission: throws } } }, handler)
    app.get('/organization', { config: { auth: { organization: refuses } } }, handler)
    app.get('/guard', { onRequest: requirePermission(refuses) }, handler)
    const headers = { authorization: `Bearer ${token('editor-1')}` }
    for (const url of ['/permission', '/thrown', '/organization', '/guard']) {
      const { statusCode, body } = await app.inject({ url, headers })
      expect([url, statusCode === 200, body.includes('let in')]).toEqual([url, false, false])
    }
    await app.close()
  })
})
