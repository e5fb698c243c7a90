// The blocks of docs/mounting.md, as printed: one per framework, with handlers at the same addresses.
import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { start, type Running } from './running.js'
import { DOCUMENTED, fileOf } from './snippets.js'

const secret = (): string => randomBytes(32).toString('hex')
const env = { SESSION_PASSWORD: secret(), BILLING_SECRET: secret(), WORKOS_WEBHOOK_SECRET: secret() }

beforeAll(() => {
  Object.assign(globalThis, { env, query: async () => [] })
})
afterAll(() => {
  for (const name of ['env', 'query']) Reflect.deleteProperty(globalThis, name)
})

describe.each(DOCUMENTED)('the handlers mounted in %s', (framework) => {
  let server: Running
  beforeAll(async () => {
    server = await start(fileOf('docs/mounting.md', `${framework}.ts`))
  })
  afterAll(() => server.close())

  const ask = async (path: string, init: RequestInit = {}): Promise<[number, unknown]> => {
    const response = await fetch(server.url + path, { redirect: 'manual', ...init })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const body = (isJson ? JSON.parse(text) : {}) as { code?: string }
    return [response.status, body.code ?? body]
  }

  it('answer at their addresses to who is not signed in, and the rest of the API does not', async () => {
    expect(await ask('/auth/me')).toEqual([401, 'credential_missing'])
    expect(await ask('/auth/nothing')).toEqual([404, 'resource_not_found'])
    expect(await ask('/auth/sign-out', { method: 'POST' })).toEqual([403, 'origin_untrusted'])
    expect(await ask('/things')).toEqual([401, 'credential_missing'])
  })

  it('read bodies that a parser of the app has read', async () => {
    const authorization = `Basic ${Buffer.from(`billing:${env.BILLING_SECRET}`).toString('base64')}`
    const body = new URLSearchParams({ token: 'unknown' })
    expect(await ask('/auth/introspect', { method: 'POST', headers: { authorization }, body })).toEqual([
      200,
      { active: false },
    ])
  })

  it('get the bytes of a webhook as they were signed', async () => {
    const body = '{ "id": "event_01", "event": "ping",  "data": {}, "created_at": "2026-11-29T00:00:00.000Z" }'
    const at = Date.now()
    const digest = createHmac('sha256', env.WORKOS_WEBHOOK_SECRET).update(`${at}.${body}`).digest('hex')
    const headers = { 'content-type': 'application/json', 'workos-signature': `t=${at}, v1=${digest}` }
    expect(await ask('/webhooks/workos', { method: 'POST', headers, body })).toEqual([200, { received: true }])
  })
})
