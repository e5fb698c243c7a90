import { createServer, type Server } from 'node:http'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, remote, remoteFetch, serveRemoteFetch, type RemoteFetchOptions } from '../../../src/index.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { mint } from '../../support/tokens.js'
import { createWorld, type World } from '../../support/world.js'

const SECRET = randomBytes(32).toString('base64url')
const OLD_SECRET = randomBytes(32).toString('base64url')
const UNAVAILABLE = '503 verifier_unavailable'

let service: World
let server: Server
let url: string
/** Replaces the service's handler by what breaks. */
let broken: ((response: import('node:http').ServerResponse) => unknown) | null = null
let handle: (request: Request) => Promise<Response>

beforeAll(async () => {
  service = await createWorld()
  handle = serveRemoteFetch(service.auth, { secrets: [SECRET, OLD_SECRET] })
  server = createServer((request, response) => {
    response.shouldKeepAlive = false
    if (broken !== null) return void broken(response)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const init = { method: 'POST', headers: request.headers as Record<string, string>, body: Buffer.concat(chunks) }
      void handle(new Request(url, init)).then(async (answer) => {
        response.writeHead(answer.status).end(await answer.text())
      })
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}/validate`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
  await service.close()
})

function judged(options: Partial<RemoteFetchOptions> = {}, token = mint()): Promise<string> {
  const validate = remoteFetch({ url, secret: SECRET, ...options })
  const verifier = remote({ name: 'service', credentials: [{ jwtIssuer: null }], validate })
  return outcome(createDualAuth({ verifiers: [verifier], now: service.clock.now }), bearer(token))
}

describe('a service over HTTP', () => {
  it('is asked with a secret, one of those it knows', async () => {
    expect(await judged()).toBe('200 user-7 by service')
    expect(await judged({ secret: OLD_SECRET })).toBe('200 user-7 by service')
    expect(await judged({}, `${mint().slice(0, -4)}AAAA`)).toBe('401 credential_invalid')
  })

  it('that does not know the secret is our mistake, not the caller’s', async () => {
    expect(await judged({ secret: randomBytes(32).toString('base64url') })).toBe(UNAVAILABLE)
  })

  it('is asked through a binding where one is given', async () => {
    const fetch = (input: string, init: RequestInit) => handle(new Request(input, init))
    expect(await judged({ url: 'https://service.internal/', fetch })).toBe('200 user-7 by service')
  })

  it.each<[string, (response: import('node:http').ServerResponse) => unknown]>([
    ['an error', (r) => r.writeHead(500).end()],
    ['a redirect', (r) => r.writeHead(307, { location: '/' }).end()],
    ['HTML', (r) => r.writeHead(200).end('<html></html>')],
    ['too much', (r) => r.writeHead(200).end('{}'.padEnd(300_000, ' '))],
    ['another JSON', (r) => r.writeHead(200).end('{"valid":true,"user":{"id":"admin"}}')],
    ['a reset', (r) => r.destroy()],
    ['nothing in time', () => {}],
  ])('that answers %s tells nothing', async (what, answer) => {
    broken = answer
    expect(await judged(what === 'nothing in time' ? { timeoutMs: 30 } : {})).toBe(UNAVAILABLE)
    broken = null
  })
})

describe('a handler for other services', () => {
  const ask = async (headers: Record<string, string>, body: string | null = '{}', method = 'POST') =>
    (await handle(new Request('https://service.internal/', { method, headers, ...(body !== null && { body }) }))).status
  const known = { authorization: `Bearer ${SECRET}` }

  it('answers nobody without the secret', async () => {
    const near = `${SECRET.slice(0, -1)}${SECRET.endsWith('A') ? 'B' : 'A'}`
    for (const authorization of [
      '',
      'Bearer',
      `Bearer ${near}`,
      `Bearer ${SECRET}x`,
      `bearer ${SECRET}`,
      `Basic ${SECRET}`,
      SECRET,
    ])
      expect(await ask({ authorization })).toBe(401)
    expect(await ask({})).toBe(401)
  })

  it('answers nothing but a credential', async () => {
    for (const body of ['', '{', '[]', '{}', 'null', ' '.repeat(300_000)]) expect(await ask(known, body)).toBe(400)
    expect(await ask(known, null, 'GET')).toBe(405)
  })
})

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['url', { url: 'http://service.example/' }],
    ['secret', { secret: 'short' }],
    ['secret', { secret: `${'x'.repeat(40)} y` }],
    ['timeoutMs', { timeoutMs: 0 }],
  ])('is named: %s', (path, options) => {
    expect(wrongOption(() => remoteFetch({ url, secret: SECRET, ...options }))).toBe(`remoteFetch.${path}`)
  })

  it('is named: secrets', () => {
    expect(wrongOption(() => serveRemoteFetch(service.auth, { secrets: [] }))).toBe('serveRemoteFetch.secrets')
    expect(wrongOption(() => serveRemoteFetch(service.auth, { secrets: [SECRET, 'x'] }))).toBe(
      'serveRemoteFetch.secrets[1]',
    )
  })
})
