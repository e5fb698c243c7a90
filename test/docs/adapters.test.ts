// What the pages of the adapters promise, asked of the very blocks that they show.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLegacyIssuer } from '@dualauth/testing'
import { start, type Running } from './running.js'
import { DOCUMENTED, fileOf } from './snippets.js'

const issuer = createLegacyIssuer()
const before = { ...process.env }
beforeAll(() => {
  process.env['JWT_SECRET'] = issuer.secret
  process.env['WORKOS_CLIENT_ID'] = 'client_01ABC'
})
afterAll(() => {
  process.env = before
})

const bearer = (): Record<string, string> => ({
  authorization: `Bearer ${issuer.sign({ userId: 42, type: 'access' })}`,
})
const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' }

/** Status, and the body where it is short. */
async function ask(server: Running, path: string, init: RequestInit = {}): Promise<[number, unknown]> {
  const response = await fetch(server.url + path, init)
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json') === true
  const body: unknown = json ? JSON.parse(text) : text
  return [response.status, (body as { code?: string }).code ?? body]
}

function running(page: string, name: string): () => Running {
  let server: Running
  beforeAll(async () => {
    server = await start(fileOf(`docs/adapters/${page}.md`, name))
  })
  afterAll(() => server.close())
  return () => server
}

describe.each(DOCUMENTED)('the first block for %s', (framework) => {
  const server = running(framework, `${framework}.ts`)

  it('knows the caller on guarded routes and welcomes everybody on optional ones', async () => {
    expect(await ask(server(), '/me', { headers: bearer() })).toEqual([200, { id: '42' }])
    expect(await ask(server(), '/me')).toEqual([401, 'credential_missing'])
    expect(await ask(server(), '/news')).toEqual([200, { for: 'everybody' }])
    expect(await ask(server(), '/news', { headers: bearer() })).toEqual([200, { for: '42' }])
    expect(await ask(server(), '/news', { headers: { authorization: 'Bearer junk' } })).toEqual([
      401,
      'credential_unsupported',
    ])
  })

  it('refuses who lacks the permission', async () => {
    expect(await ask(server(), '/admin/users', { headers: bearer() })).toEqual([403, 'permission_denied'])
    expect(await ask(server(), '/admin/users')).toEqual([401, 'credential_missing'])
  })
})

describe.each(DOCUMENTED)('the CORS block for %s', (framework) => {
  const server = running(framework, 'cors.ts')

  it('answers preflights, and lets the page read refusals', async () => {
    const answer = await fetch(`${server().url}/me`, { method: 'OPTIONS', headers: preflight })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, preflight.origin])
    const refusal = await fetch(`${server().url}/me`, { headers: { origin: preflight.origin } })
    expect([refusal.status, refusal.headers.get('access-control-allow-origin')]).toEqual([401, preflight.origin])
    expect(await ask(server(), '/me', { headers: { ...bearer(), origin: preflight.origin } })).toEqual([
      200,
      { id: '42' },
    ])
  })
})

describe('deny by default in Fastify', () => {
  const server = running('fastify', 'deny.ts')

  it('closes what says nothing and opens what says so', async () => {
    expect(await ask(server(), '/me')).toEqual([401, 'credential_missing'])
    expect(await ask(server(), '/me', { headers: bearer() })).toEqual([200, { id: '42' }])
    expect(await ask(server(), '/public')).toEqual([200, 'public'])
    expect(await ask(server(), '/news')).toEqual([200, 'news'])
    expect(await ask(server(), '/things', { method: 'POST', headers: bearer() })).toEqual([200, { made: true }])
    expect(await ask(server(), '/support', { headers: bearer() })).toEqual([403, 'role_required'])
    expect(await ask(server(), '/team', { headers: bearer() })).toEqual([403, 'organization_required'])
    expect((await ask(server(), '/nowhere'))[0]).toBe(404)
  })
})
