import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler } from 'express'
import { beforeAll, describe, expect, it } from 'vitest'
import { APPS, listen } from './apps.js'
import { createWorld, openDatabase, ORIGIN, type World } from './world.js'

describe.each(Object.entries(APPS))('the endpoints, mounted in %s', (_name, build) => {
  let world: World
  let origin: string
  beforeAll(async () => {
    world = await createWorld(await openDatabase())
    const server = await listen(await build('/api-keys', world.handle))
    origin = server.origin
    return server.close
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

it('say what to write where Express calls them itself, which compiles', async () => {
  const { handle } = await createWorld(await openDatabase())
  const app = express().use('/api-keys', handle as never)
  const failures: unknown[] = []
  app.use(((error, _req, res, _next) => {
    failures.push(error)
    res.sendStatus(500)
  }) as ErrorRequestHandler)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api-keys`)
  server.close()
  expect(response.status).toBe(500)
  expect(failures).toMatchObject([{ code: 'guard_not_called', message: expect.stringContaining('mountHandler(') }])
})
