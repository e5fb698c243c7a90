import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient, isClientError, storedTokens, type ClientOptions, type Tokens } from '../src/index.js'
import { stubReactNative } from './support/react-native.js'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

describe('on a phone, with what React Native has', () => {
  const asked: string[] = []
  const answers = new Map<string, Answer>()
  let server: Server
  let origin: string
  let good: string

  const json = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

  beforeEach(async () => {
    good = 'at-1'
    asked.length = 0
    answers.clear()
    answers.set('/things', ({ headers }, response) =>
      headers.authorization === `Bearer ${good}`
        ? json(response, 200, [])
        : json(response, 401, { code: 'credential_expired' }),
    )
    answers.set('/auth/refresh', (_request, response, body) => {
      const { refresh_token: held } = JSON.parse(body) as { refresh_token: string }
      if (held !== 'rt-0') return json(response, 401, { code: 'credential_revoked' })
      json(response, 200, { access_token: good, token_type: 'Bearer', expires_in: 300, refresh_token: 'rt-1' })
    })
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const { pathname } = new URL(request.url as string, 'http://phone')
        asked.push(`${request.method} ${pathname}`)
        answers.get(pathname)?.(request, response, body)
      })
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    stubReactNative()
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })

  function open(
    options: ClientOptions = {},
    first: Tokens | null = { accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null },
  ) {
    const kept: (Tokens | null)[] = [first]
    const tokens = storedTokens({ load: () => kept.at(-1) ?? null, save: async (next) => void kept.push(next) })
    const client = createClient({ baseUrl: origin, tokens, ...options })
    const changes: string[] = []
    client.onChange(({ type }) => void changes.push(type))
    return { client, kept, changes }
  }

  it('refreshes once for any number of calls, and keeps what came', async () => {
    const { client, kept, changes } = open()
    const responses = await Promise.all([1, 2, 3].map(() => client.fetch('/things')))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(asked.filter((one) => one === 'POST /auth/refresh')).toHaveLength(1)
    expect([kept.at(-1)?.refreshToken, changes]).toEqual(['rt-1', ['renewed']])
  })

  it('signs out where the server says so, and is signed in to again', async () => {
    const { client, kept, changes } = open({}, { accessToken: 'at-0', refreshToken: 'rt-9', expiresAt: null })
    expect((await client.fetch('/things')).status).toBe(401)
    expect([kept.at(-1), changes]).toEqual([null, ['signed-out']])
    await client.setTokens({ access_token: good, token_type: 'Bearer', refresh_token: 'rt-0' })
    expect((await client.fetch('/things')).status).toBe(200)
    answers.set('/auth/sign-out', (_request, response) => void response.writeHead(204).end())
    await client.signOut()
    expect(kept.at(-1)).toBeNull()
  })

  it('waits for a server that says how long, and hands on what an outage of the refresh answers', async () => {
    const { client, changes } = open({ maxWaitSeconds: 2 })
    answers.set('/auth/refresh', (_request, response) =>
      json(response, 503, { code: 'store_unavailable' }, { 'retry-after': '7' }),
    )
    const response = await client.fetch('/things')
    expect([response.status, response.headers.get('retry-after'), changes]).toEqual([503, '7', []])
  })

  it('says what happened where the server does not answer in time', async () => {
    const { client } = open({ timeoutMs: 50 })
    answers.set('/auth/refresh', () => {})
    const thrown: unknown = await client.fetch('/things').catch((cause: unknown) => cause)
    expect([isClientError(thrown), isClientError(thrown) && thrown.code]).toEqual([true, 'timeout'])
  })

  it('lets a call reject with an error where its caller gives up meanwhile', async () => {
    const { client } = open()
    const refreshing = new Promise<void>((begun) => answers.set('/auth/refresh', () => begun()))
    const controller = new AbortController()
    const call = client.fetch('/things', { signal: controller.signal }).catch((cause: unknown) => cause)
    await refreshing
    controller.abort()
    const thrown = await call
    expect([thrown instanceof Error, (thrown as Error | undefined)?.name]).toEqual([true, 'AbortError'])
  })

  it.each(['/auth/refresh', '/auth/exchange'])('takes no tokens from where a redirect of %s led', async (path) => {
    const { client, kept } = open()
    answers.set('/things', (_request, response) =>
      json(response, 401, { code: path === '/auth/refresh' ? 'credential_expired' : 'legacy_retired' }),
    )
    answers.set(path, (_request, response) => void response.writeHead(307, { location: '/elsewhere' }).end())
    answers.set('/elsewhere', (_request, response) =>
      json(response, 200, { access_token: 'evil', token_type: 'Bearer', refresh_token: 'evil' }),
    )
    await expect(client.fetch('/things')).rejects.toThrow()
    expect(kept.at(-1)?.accessToken).toBe('at-0')
  })
})
