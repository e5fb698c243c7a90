import type { AddressInfo } from 'node:net'
import { createServer, type RequestListener } from 'node:http'
import * as onExpress from '@dualauth/express'
import * as onFastify from '@dualauth/fastify'
import * as onHono from '@dualauth/hono'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Endpoints } from '../src/index.js'
import { createWorld, openDatabase, ORIGIN, type World } from './world.js'

/** The endpoints in an app of each framework, behind a parser of JSON as apps have one. */
const APPS: Record<string, (handle: Endpoints) => Promise<RequestListener>> = {
  async express(handle) {
    const app = express()
    app.use(express.json())
    app.use('/api-keys', onExpress.mountHandler(handle))
    return app
  },
  async hono(handle) {
    const app = new Hono()
    app.all('/api-keys/*', onHono.mountHandler(handle))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
  async fastify(handle) {
    const app = fastify()
    await app.register(onFastify.mountHandler, { prefix: '/api-keys', handler: handle })
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

describe.each(Object.entries(APPS))('the endpoints, mounted in %s', (_name, build) => {
  let world: World
  let origin: string
  beforeAll(async () => {
    world = await createWorld(await openDatabase())
    const server = createServer(await build(world.handle)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return () => new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  const ask = (
    path: string,
    { headers = {}, ...init }: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ) => fetch(`${origin}/api-keys${path}`, { ...init, headers: { ...headers, connection: 'close' } })

  it('take a key through its life', async () => {
    const headers = { authorization: `Bearer ${world.token('ada')}`, 'content-type': 'application/json' }
    const send = async (path: string, method: string, body?: object) => {
      const response = await ask(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
      return { status: response.status, json: (await response.json()) as { key: string; apiKey: { id: string } } }
    }
    const made = await send('', 'POST', { name: 'dépôt', scopes: ['things:read'] })
    expect([made.status, await world.use(made.json.key)]).toEqual([201, '200 ada'])
    const path = `/${made.json.apiKey.id}`
    expect(await send(path, 'PATCH', { name: 'ü' })).toMatchObject({ status: 200, json: { name: 'ü' } })
    const rotated = await send(`${path}/rotate`, 'POST', { overlapSeconds: 0 })
    expect([rotated.status, await world.use(rotated.json.key)]).toEqual([201, '200 ada'])
    expect(await world.use(made.json.key)).toMatch(/^401/)
    expect((await send(`/${rotated.json.apiKey.id}`, 'DELETE')).status).toBe(200)
    expect(await world.use(rotated.json.key)).toBe('401 credential_revoked')
    expect(((await (await ask('', { headers })).json()) as { keys: object[] }).keys).toHaveLength(2)
  })

  it('refuse as on a bare server', async () => {
    const nobody = await ask('')
    expect([nobody.status, nobody.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json; charset=utf-8',
    ])
    expect(nobody.headers.get('www-authenticate')).toContain('ApiKey')
    const cookie = { cookie: `session=${world.token('ada')}`, 'content-type': 'application/json' }
    const post = (more: Record<string, string>) =>
      ask('', { method: 'POST', headers: { ...cookie, ...more }, body: '{"scopes":[]}' })
    // A browser would say where a request comes from.
    expect((await post({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).status).toBe(403)
    expect((await post({ 'sec-fetch-site': 'cross-site', origin: ORIGIN })).status).toBe(201)
    const put = await ask('', { method: 'PUT', headers: cookie })
    expect([put.status, put.headers.get('allow')]).toEqual([403, null])
  })
})
