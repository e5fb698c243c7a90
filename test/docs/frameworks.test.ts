// The recipes of docs/recipes/frameworks.md, as printed: Koa, NestJS, tRPC and graphql-yoga are the real ones. Next.js itself
// is too large for this suite; its handlers get the requests of the web platform that it would hand them.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createLegacyIssuer } from '@dualauth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileOf } from './snippets.js'

const PAGE = 'docs/recipes/frameworks.md'
const legacy = createLegacyIssuer()
const before = { ...process.env }
const { fetch } = globalThis
const servers: Server[] = []

beforeAll(() => {
  process.env['JWT_SECRET'] = legacy.secret
  process.env['WORKOS_CLIENT_ID'] = 'client_01ABC'
  // The key set of the other side cannot be had.
  globalThis.fetch = (input, init) =>
    String(input).startsWith('http://127.0.0.1') ? fetch(input, init) : Promise.reject(new Error('unreachable'))
})
afterAll(async () => {
  process.env = before
  globalThis.fetch = fetch
  for (const app of nestApps) await app.close()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const recipe = async <T>(name: string): Promise<T> =>
  (await import(/* @vite-ignore */ pathToFileURL(fileOf(PAGE, name)).href)) as T

/** A package as the recipe itself reaches it. */
const reached = (name: string): unknown => createRequire(`${dirname(fileOf(PAGE, 'koa.ts'))}/x.js`)(name)

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const good = () => legacy.sign({ userId: 42, type: 'access' })
const expired = () => legacy.sign({ userId: 42, type: 'access' }, { expiresInSeconds: -60 })
/** Looks like a token of WorkOS, whose keys cannot be fetched. */
const unknowable = () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'https://api.workos.com/user_management/client_01ABC', sub: 'user_01HXYZ', exp: 4_000_000_000 }
  return `${encode({ alg: 'RS256', kid: 'a' })}.${encode({ ...claims, client_id: 'client_01ABC' })}.${'A'.repeat(342)}`
}
const CALLERS = { good, expired, unknowable }
type Caller = keyof typeof CALLERS | 'nobody'
const headersOf = (caller: Caller): Record<string, string> =>
  caller === 'nobody' ? {} : { authorization: `Bearer ${CALLERS[caller]()}` }

/** Asks for whom a recipe takes a caller: the id, or the status and code of the refusal. */
type Ask = (caller: Caller) => Promise<{ readonly said: string; readonly response: Response }>

/** Of a recipe that answers over HTTP with the problem document. */
const over =
  (send: (headers: Record<string, string>) => Promise<Response>): Ask =>
  async (caller) => {
    const response = await send(headersOf(caller))
    const { id, code } = (await response.clone().json()) as { id?: string; code?: string }
    return { said: `${response.status} ${id ?? code ?? ''}`, response }
  }

interface KoaApp {
  use(middleware: unknown): void
  callback(): RequestListener
}

async function koa(): Promise<Ask> {
  const { requireAuth } = await recipe<{ requireAuth: unknown }>('koa.ts')
  const loaded = reached('koa') as { default?: new () => KoaApp }
  const Koa = loaded.default ?? (loaded as unknown as new () => KoaApp)
  const app = new Koa()
  app.use(requireAuth)
  app.use((ctx: { body: unknown; state: { principal: { id: string } } }) => {
    ctx.body = { id: ctx.state.principal.id }
  })
  const url = await listening(app.callback())
  return over((headers) => fetch(url, { headers }))
}

type Decorate = (...target: unknown[]) => void
interface NestApp {
  listen(port: number, host: string): Promise<unknown>
  getUrl(): Promise<string>
  close(): Promise<void>
}
interface Nest {
  readonly NestFactory: { create(module: unknown, adapter: object, options: object): Promise<NestApp> }
}
const nestApps: NestApp[] = []

async function nest(platform: 'Express' | 'Fastify'): Promise<Ask> {
  reached('reflect-metadata')
  const { authGuard, Caller } = await recipe<{ authGuard: object; Caller: () => Decorate }>('nest.ts')
  const common = reached('@nestjs/common') as Record<
    'Controller' | 'Get' | 'Module' | 'UseGuards',
    (x?: unknown) => Decorate
  >
  const { NestFactory } = reached('@nestjs/core') as Nest
  const Me = class {
    me(principal: { id: string }) {
      return { id: principal.id }
    }
  }
  const App = class {}
  // What decorators in TypeScript compile to.
  Caller()(Me.prototype, 'me', 0)
  const method = Object.getOwnPropertyDescriptor(Me.prototype, 'me')
  common.UseGuards(authGuard)(Me.prototype, 'me', method)
  common.Get('me')(Me.prototype, 'me', method)
  common.Controller()(Me)
  common.Module({ controllers: [Me] })(App)
  const adapters = reached(`@nestjs/platform-${platform.toLowerCase()}`) as Record<string, new () => object>
  const Adapter = adapters[`${platform}Adapter`] as new () => object
  const app = await NestFactory.create(App, new Adapter(), { logger: false })
  await app.listen(0, '127.0.0.1')
  nestApps.push(app)
  const url = await app.getUrl()
  return over((headers) => fetch(`${url}/me`, { headers }))
}

async function next(): Promise<Ask> {
  type Handler = (request: Request) => Promise<Response | undefined>
  const { GET, proxy } = await recipe<{ GET: Handler; proxy: Handler }>('next.ts')
  return over(async (headers) => {
    const request = new Request('https://app.example.com/api/me', { headers })
    const stopped = await proxy(request)
    const answered = (await GET(request)) as Response
    expect(stopped?.status ?? 200).toBe(answered.status)
    return answered
  })
}

interface Trpc {
  readonly t: { router(routes: object): unknown }
  readonly signedIn: { query(resolve: (call: { ctx: { principal: { id: string } } }) => unknown): unknown }
  readonly createContext: unknown
}

async function trpc(): Promise<Ask> {
  const { t, signedIn, createContext } = await recipe<Trpc>('trpc.ts')
  const { fetchRequestHandler } = reached('@trpc/server/adapters/fetch') as {
    fetchRequestHandler(options: object): Promise<Response>
  }
  const router = t.router({ me: signedIn.query(({ ctx }) => ctx.principal.id) })
  return async (caller) => {
    const req = new Request('https://app.example.com/trpc/me', { headers: headersOf(caller) })
    const response = await fetchRequestHandler({ endpoint: '/trpc', req, router, createContext })
    const body = (await response.json()) as { result?: { data: string }; error?: { message: string } }
    return { said: `${response.status} ${body.result?.data ?? body.error?.message ?? ''}`, response }
  }
}

async function graphql(): Promise<Ask> {
  const { yoga } = await recipe<{ yoga: { fetch(url: string, init: object): Promise<Response> } }>('graphql.ts')
  return async (caller) => {
    const headers = { ...headersOf(caller), 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ query: '{ me }' }) }
    const response = await yoga.fetch('https://app.example.com/graphql', init)
    const { data, errors } = (await response.json()) as {
      data?: { me: string }
      errors?: { extensions: { code: string } }[]
    }
    return { said: `${response.status} ${data?.me ?? errors?.[0]?.extensions.code ?? ''}`, response }
  }
}

describe.each<[string, () => Promise<Ask>]>([
  ['Koa', koa],
  ['NestJS on Express', () => nest('Express')],
  ['NestJS on Fastify', () => nest('Fastify')],
  ['Next.js', next],
  ['tRPC', trpc],
  ['GraphQL', graphql],
])('the recipe for %s', (name, open) => {
  let ask: Ask
  beforeAll(async () => {
    ask = await open()
  })

  it('knows the caller', async () => {
    const { said, response } = await ask('good')
    expect(said).toBe('200 42')
    // Of the other two, the answers are to a POST, or of a handler that belongs to nobody.
    if (/Koa|NestJS|Next\.js/.test(name)) expect(response.headers.get('cache-control')).toBe('private, no-store')
  })

  it('refuses a request without a credential, and an expired one', async () => {
    const { said, response } = await ask('nobody')
    expect(said).toBe('401 credential_missing')
    // tRPC has no place for it in an error.
    expect(response.headers.has('www-authenticate')).toBe(name !== 'tRPC')
    expect((await ask('expired')).said).toBe('401 credential_expired')
  })

  it('answers an outage with 503', async () => {
    expect((await ask('unknowable')).said).toBe('503 verifier_unavailable')
  })
})

it('all copies of the module of Next.js that holds the instance share it', async () => {
  const copies = await Promise.all(
    ['a', 'b'].map(async (copy) => {
      const url = `${pathToFileURL(fileOf(PAGE, 'instance.ts')).href}?${copy}`
      return ((await import(/* @vite-ignore */ url)) as { getAuth(): Promise<unknown> }).getAuth
    }),
  )
  expect(copies[0]).not.toBe(copies[1])
  expect(await copies[0]?.()).toBe(await copies[1]?.())
  const { register } = await recipe<{ register(): Promise<unknown> }>('next.ts')
  expect(await register()).toBeUndefined()
})

it('the proxy of Next.js answers a preflight itself, and guards every path but those of the sign-in', async () => {
  interface Proxy {
    proxy(request: Request): Promise<Response | undefined>
    readonly config: { readonly matcher: readonly string[] }
  }
  const { proxy, config } = await recipe<Proxy>('next.ts')
  const options = (headers: Record<string, string>) =>
    proxy(new Request('https://app.example.com/api/me', { method: 'OPTIONS', headers }))
  expect((await options({ 'access-control-request-method': 'POST' }))?.status).toBe(204)
  expect((await options({}))?.status).toBe(401)
  const guarded = (path: string) => config.matcher.some((pattern) => new RegExp(`^${pattern}$`).test(path))
  expect(['/api', '/api/me', '/api/authors', '/api/me/auth'].map(guarded)).toEqual([true, true, true, true])
  expect(['/api/auth', '/api/auth/sign-in/email', '/'].map(guarded)).toEqual([false, false, false])
})

it('the context of GraphQL leaves open what asks for nobody', async () => {
  const { yoga } = await recipe<{ yoga: { fetch(url: string): Promise<Response> } }>('graphql.ts')
  const response = await yoga.fetch('https://app.example.com/graphql?query=%7Bnews%7D')
  expect(await response.json()).toEqual({ data: { news: 'news' } })
})

it('a page of Next.js reads the caller from its headers', async () => {
  const { callerOf } = await recipe<{ callerOf(method: string, headers: Headers): Promise<{ ok: boolean }> }>('next.ts')
  expect(await callerOf('GET', new Headers(headersOf('good')))).toMatchObject({ ok: true, principal: { id: '42' } })
  expect(await callerOf('POST', new Headers())).toMatchObject({ ok: false, error: { code: 'credential_missing' } })
})
