import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Query } from '@dualauth/core'
import { dualAuth, mountHandler, requireAuth, requirePermission } from '@dualauth/express'
import express from 'express'
import { Registry } from 'prom-client'
import { metricsEndpoint, postgresFigures, prometheusMetrics } from '../../src/index.js'
import { createWorld, requestWith, type World } from './world.js'

/** A real application, in Express, that is measured. */
export interface App {
  readonly world: World
  readonly register: Registry
  readonly url: string
  /** `GET /things` with a bearer; the status. */
  get(bearer: string | null, path?: string): Promise<number>
  /** Carries the session of a bearer across. */
  exchange(bearer: string): Promise<boolean>
  close(): Promise<void>
}

export interface AppOptions {
  /** Of a database with the schema and a table `session`. */
  readonly query?: Query
}

export async function startApp({ query }: AppOptions = {}): Promise<App> {
  const register = new Registry()
  const activeSessions = { 'better-auth': 'select count(*) from session where "expiresAt" > now()' }
  const metrics = prometheusMetrics({
    register,
    collectors: query === undefined ? [] : [postgresFigures({ query, maxAgeMs: 500, activeSessions })],
  })
  const world = await createWorld({ onEvent: metrics.onEvent, keysMaxAgeMs: 1_000, policyPollMs: 200 })
  metrics.watch(world.auth)
  await world.auth.ready()
  const app = express()
  app.use('/metrics', mountHandler(metricsEndpoint({ register, auth: world.auth })))
  app.use(dualAuth(world.auth))
  app.get('/things', requireAuth(), (_req, res) => void res.json([]))
  app.get('/secrets', requirePermission('secrets:read'), (_req, res) => void res.json([]))
  const server: Server = createServer(app)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    world,
    register,
    url,
    async get(bearer, path = '/things') {
      const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` }
      const answer = await fetch(`${url}${path}`, { headers })
      await answer.arrayBuffer()
      return answer.status
    },
    exchange: async (bearer) => (await world.auth.exchange(requestWith(bearer, 'POST'), { tokens: true })).ok,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await world.close()
    },
  }
}
