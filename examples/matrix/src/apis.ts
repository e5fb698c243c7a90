import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { DualAuth } from '@dualauth/core'
import * as onExpress from '@dualauth/express'
import * as onFastify from '@dualauth/fastify'
import * as onHono from '@dualauth/hono'
import { serve } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'

/** `GET /me`, guarded, in one framework. */
export interface Api {
  readonly framework: string
  readonly url: string
  close(): Promise<void>
}

export async function startApis(auth: DualAuth): Promise<readonly Api[]> {
  return Promise.all([startExpress(auth), startHono(auth), startFastify(auth)])
}

async function startExpress(auth: DualAuth): Promise<Api> {
  const app = express()
  app.use(onExpress.dualAuth(auth))
  app.get('/me', onExpress.requireAuth(), (req, res) => void res.json({ id: onExpress.getPrincipal(req).id }))
  return listening('Express', app.listen(0, '127.0.0.1'))
}

async function startHono(auth: DualAuth): Promise<Api> {
  const app = new Hono()
  app.use(onHono.dualAuth(auth))
  app.get('/me', onHono.requireAuth(), (c) => c.json({ id: onHono.getPrincipal(c).id }))
  return listening('Hono', serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
}

async function startFastify(auth: DualAuth): Promise<Api> {
  const app = fastify({ forceCloseConnections: true })
  await app.register(onFastify.dualAuth, { auth })
  app.get('/me', { onRequest: onFastify.requireAuth() }, async (request) => ({
    id: onFastify.getPrincipal(request).id,
  }))
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  return { framework: 'Fastify', url: `${origin}/me`, close: () => app.close() }
}

async function listening(framework: string, server: Server): Promise<Api> {
  if (!server.listening) await once(server, 'listening')
  return {
    framework,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/me`,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
