import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthRequest, DualAuth, PermissionRule, Principal } from '@dualauth/core'
import {
  authenticatedRequirement,
  createState,
  optionalRequirement,
  organizationRequirement,
  permissionRequirement,
  roleRequirement,
  runGuard,
  takeCookies,
  writeOnCommit,
  type Requirement,
  type RequestState,
} from '@dualauth/core/adapter'
import { mount } from './reference-mount.js'
import { FOR_SHARED_CACHES, whoami, type AdapterUnderTest, type AppName, type AppParts } from '../src/index.js'

/** One mistake each; real adapters have made most of them. */
export type Flaw =
  | 'guard is not called'
  | 'guard without mount lets everybody in'
  | 'handler crash becomes a refusal'
  | 'verifier crash becomes 401'
  | 'anonymous where a bad header was sent'
  | 'drops repeated headers'
  | 'reads the raw header pairs'
  | 'names another path than the router reads'
  | 'keeps the principal outside the request'
  | 'forgets the challenge'
  | 'refuses preflights'
  | 'hands preflights to the handler'
  | 'shares a principal between instances'
  | 'forgets the cache headers'
  | 'varies before the handler alone'
  | 'forgets to announce the end of the old side'
  | 'announces at each guard'
  | 'takes the place of other links'
  | 'announces before the handler alone'
  | 'announces on no answer that is written by hand'
  | 'overrides the cache header of the handler'
  | 'consumes the body'
  | 'lets HEAD in'
  | 'evaluates only the first guard'
  | 'authenticates for each guard'
  | 'crashes when the response was sent'
  | 'forgets to wait for the guard'
  | 'tells the cause'
  | 'loses refreshed cookies'
  | 'loses refreshed cookies where a callback throws'
  | 'writes cookies at once'
  | 'hands a session to shared caches'
  | 'forgets that a guard asks past caches'
  | 'throws at a logger where nothing is mounted'
  | 'strips the path of a mount'
  | 'loses a body that was parsed'
  | 'joins the cookies of a mounted handler'
  | 'waits for the end of a stream'
  | 'does not say that the client is gone'
  | 'authenticates again for a mounted handler'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly path: string
  readonly app: AppName
  readonly state: RequestState
  principal: Principal | null | undefined
  body: unknown
}

interface Route {
  readonly guards: readonly Requirement[]
  readonly parse?: true
  handle(exchange: Exchange): unknown
}

const me = ({ principal }: Exchange): unknown => {
  if (principal === undefined) throw new Error('no guard ran')
  return whoami(principal)
}
const guarded = (...guards: Requirement[]): Route => ({ guards, handle: me })
const permission = (...args: (string | PermissionRule)[]): Requirement => permissionRequirement(args)

function routesOf({ allows, handled }: AppParts): Readonly<Record<string, Route>> {
  return {
    'GET /public': { guards: [], handle: () => ({ public: true }) },
    'GET /me': guarded(authenticatedRequirement([])),
    'GET /partner/me': guarded(authenticatedRequirement([])),
    'GET /optional': guarded(optionalRequirement([])),
    'GET /lenient': guarded(optionalRequirement([{ onInvalid: 'anonymous' }])),
    'GET /strict': guarded(optionalRequirement([{ onInvalid: 'reject' }])),
    'GET /things': guarded(permission('things:read')),
    'POST /things': guarded(permission('things', 'write')),
    'GET /any': guarded(permission({ any: ['things:write', 'things:read'] })),
    'GET /both': guarded(permission({ all: ['things:write', 'things:read'] })),
    'GET /callback': guarded(permission((principal) => allows(principal, '/callback'))),
    'GET /admin': guarded(roleRequirement(['admin'])),
    'GET /editors': guarded(roleRequirement(['admin', 'editor'])),
    'GET /organization': guarded(organizationRequirement([])),
    'GET /organizations/acme': guarded(organizationRequirement([() => 'acme'])),
    'GET /organizations/other': guarded(organizationRequirement([() => 'other'])),
    'GET /organizations/1': guarded(organizationRequirement([() => '1'])),
    'GET /twice': guarded(authenticatedRequirement([]), permission('things:read')),
    'GET /throws': guarded(permission(() => Promise.reject(new Error('the database is down')))),
    'GET /crash': {
      guards: [authenticatedRequirement([])],
      handle: () => Promise.reject(new Error('the handler has a bug')),
    },
    'GET /unguarded': { guards: [], handle: me },
    'GET /logged': { guards: [], handle: (x) => whoami(x.principal ?? null) },
    'POST /echo': {
      guards: [authenticatedRequirement([])],
      parse: true,
      handle: (x) => ({ id: x.principal?.id, body: x.body }),
    },
    'GET /cached': {
      guards: [authenticatedRequirement([])],
      handle(x) {
        const fields = x.app === 'session' ? FOR_SHARED_CACHES : { 'cache-control': 'public, max-age=60' }
        for (const [name, value] of Object.entries(fields)) x.res.setHeader(name, value)
        return me(x)
      },
    },
    'GET /linked': {
      guards: [authenticatedRequirement([])],
      handle(x) {
        x.res.appendHeader('link', '</next>; rel="next"')
        x.res.setHeader('sunset', 'Wed, 01 Jan 2031 00:00:00 GMT')
        return me(x)
      },
    },
    'GET /fresh': guarded(authenticatedRequirement([{ fresh: true }])),
    'GET /streamed': {
      guards: [authenticatedRequirement([])],
      handle({ res }) {
        res.write('one')
        setImmediate(() => res.end('two'))
      },
    },
    'GET /raw': {
      guards: [authenticatedRequirement([])],
      handle({ res, app }) {
        if (app === 'session') res.writeHead(200, { 'Set-Cookie': 'theme=dark' }).end('{}')
        else res.writeHead(203, { Link: '</next>; rel="next"', Vary: 'Accept', 'X-Own': 'yes' }).end('{}')
      },
    },
    'GET /logout': {
      guards: [authenticatedRequirement([])],
      handle({ res }) {
        res.appendHeader('Set-Cookie', 'session=; Max-Age=0')
        return {}
      },
    },
    'GET /redirected': {
      guards: [authenticatedRequirement([])],
      handle: ({ res }) => void res.writeHead(302, { location: '/me' }).end(),
    },
    'GET /unchanged': {
      guards: [authenticatedRequirement([])],
      handle: ({ res }) => void res.writeHead(304, { etag: '"v1"' }).end(),
    },
    'GET /replaced': {
      guards: [authenticatedRequirement([])],
      handle({ res }) {
        res.setHeader('link', '</next>; rel="next"')
        res.setHeader('vary', 'Accept')
        return {}
      },
    },
    ...variedRoutes(),
    '* /everything': { guards: [authenticatedRequirement([])], handle: () => (handled(), {}) },
  }
}

/** Fields of their own, in place of those that were there. */
function variedRoutes(): Readonly<Record<string, Route>> {
  const own = [
    ['Cache-Control', 'public, max-age=60'],
    ['Vary', 'Accept'],
  ] as const
  const answered = (answer: (res: ServerResponse) => unknown): Route => ({
    guards: [authenticatedRequirement([])],
    handle({ res }) {
      answer(res)
      res.end('{}')
    },
  })
  return {
    'GET /set': answered((res) => own.forEach(([name, value]) => res.setHeader(name, value))),
    'GET /object': answered((res) => res.writeHead(200, Object.fromEntries(own))),
    'GET /flat': answered((res) => res.writeHead(200, own.flat())),
    'GET /pairs': answered((res) => res.writeHead(200, own as never)),
    'GET /removed': answered((res) => own.forEach(([name]) => res.removeHeader(name))),
  }
}

/** `/orgs/:id`, and every path below it. */
function orgRoute(path: string): Route | undefined {
  const [, room, id = ''] = path.split('/')
  const route = decoded(id)
  if (room !== 'orgs' || route === null) return undefined
  return {
    guards: [authenticatedRequirement([])],
    handle: ({ principal }) => ({ route, organization: principal?.organization }),
  }
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

/** A small adapter on node:http. Without a flaw it keeps every promise. */
export function referenceAdapter(flaw: Flaw | null = null): AdapterUnderTest {
  return {
    async serve(app, parts) {
      const routes = routesOf(parts)
      const shared: { principal?: Principal | null } = {}
      const server = createServer((req, res) => {
        const exchange = {
          req,
          res,
          path: pathOf(req),
          app,
          state: createState(),
          principal: undefined,
          body: undefined,
        }
        void answer(exchange, app, parts, routes, flaw, shared).catch((error: unknown) => fail(res, error, flaw))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return {
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => new Promise((resolve) => server.close(() => resolve())),
      }
    },
  }
}

async function answer(
  x: Exchange,
  app: AppName,
  parts: AppParts,
  routes: Readonly<Record<string, Route>>,
  flaw: Flaw | null,
  shared: { principal?: Principal | null },
): Promise<void> {
  const { req, res, path } = x
  const preflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined
  if (app === 'rewritten') rewrite(req)
  if (app === 'cors-before') res.setHeader('access-control-allow-origin', '*')
  if (app === 'cors-before' && preflight && flaw !== 'refuses preflights')
    return void res.writeHead(204, { 'access-control-allow-origin': '*' }).end()
  if (app === 'announcing' && req.headers['x-sunset'] !== undefined) res.setHeader('sunset', req.headers['x-sunset'])
  if (app === 'answered') res.writeHead(202).end()
  if (app === 'mounted') return mount(req, res, x.state, parts, flaw)
  // A guard of the whole app meets every method.
  const method = req.method === 'HEAD' || (app === 'cors-after' && preflight) ? 'GET' : req.method
  const route = routes[`${method} ${path}`] ?? routes[`* ${path}`] ?? orgRoute(path)
  if (route === undefined) return void res.writeHead(404).end()
  if (route.parse) x.body = JSON.parse(await read(req))
  const auth =
    app === 'unmounted' ? undefined : app === 'nested' && path.startsWith('/partner') ? parts.other : parts.auth
  const open = flaw === 'guard is not called' || (flaw === 'lets HEAD in' && req.method === 'HEAD')
  for (const requirement of open
    ? []
    : flaw === 'evaluates only the first guard'
      ? route.guards.slice(0, 1)
      : route.guards) {
    if (app === 'uncalled') throw new Error('the guard was not called')
    if (auth === undefined) {
      if (flaw === 'guard without mount lets everybody in') break
      throw new Error('no mount')
    }
    const passed = pass(x, flaw === 'shares a principal between instances' ? parts.auth : auth, requirement, flaw)
    if (flaw !== 'forgets to wait for the guard' && !(await passed)) return
  }
  if (flaw === 'throws at a logger where nothing is mounted' && auth === undefined) throw new Error('no mount')
  if (open) x.principal = null
  if (app === 'unmounted' && flaw !== null) x.principal ??= null
  if (flaw === 'keeps the principal outside the request') {
    shared.principal = x.principal ?? null
    await new Promise((resolve) => setTimeout(resolve, 5))
    x.principal = shared.principal
  }
  if (res.headersSent) return
  const result = await route.handle(x)
  // It has answered by itself.
  if (result === undefined) return
  if (flaw === 'overrides the cache header of the handler') res.setHeader('cache-control', 'private, no-store')
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify(result))
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/\?.*/, '')
}

function rewrite(req: IncomingMessage): void {
  const { 'x-token': token, 'x-whole': whole, 'x-removed': removed, 'x-unpaired': unpaired } = req.headers
  if (token !== undefined && whole === undefined) req.headers.authorization = `Bearer ${String(token)}`
  if (token !== undefined && whole !== undefined) req.headers = { authorization: `Bearer ${String(token)}` }
  if (removed !== undefined) delete req.headers.authorization
  if (unpaired !== undefined) req.rawHeaders = []
}

function requestUnder(flaw: Flaw | null, req: IncomingMessage): AuthRequest {
  const { method = 'GET', headers, rawHeaders } = req
  if (flaw === 'drops repeated headers') return { method, headers }
  if (flaw === 'names another path than the router reads')
    return { method, headers, url: new URL(req.url ?? '', 'http://a').pathname }
  if (flaw !== 'reads the raw header pairs') return req
  const raw: Record<string, string[]> = {}
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    (raw[rawHeaders[i] as string] ??= []).push(rawHeaders[i + 1] as string)
  return { method, headers: raw }
}

async function pass(x: Exchange, auth: DualAuth, requirement: Requirement, flaw: Flaw | null): Promise<boolean> {
  const { req, res } = x
  if (flaw === 'consumes the body') x.body = await read(req)
  const request = requestUnder(flaw, req)
  const state = flaw === 'authenticates for each guard' ? createState() : x.state
  const asked = flaw === 'forgets that a guard asks past caches' ? authenticatedRequirement([]) : requirement
  const verdict = await Promise.resolve(runGuard(state, auth, request, req, asked)).catch((error: unknown) => {
    if (flaw !== 'loses refreshed cookies where a callback throws') writeOnCommit(res, state)
    throw error
  })
  if (flaw === 'writes cookies at once')
    for (const field of takeCookies(state, [], null)) res.appendHeader('set-cookie', field)
  if (flaw === 'forgets to announce the end of the old side') announceNothing(state)
  if (flaw === 'forgets the cache headers' || flaw === 'varies before the handler alone') state.passed = undefined
  if (flaw !== 'loses refreshed cookies') writeOnCommit(res, state)
  if (flaw === 'hands a session to shared caches') addToAnything(res, state)
  if (verdict.kind === 'preflight') {
    if (flaw === 'hands preflights to the handler') return true
    res.writeHead(flaw === 'refuses preflights' ? 401 : 204).end()
    return false
  }
  if (verdict.kind === 'pass') {
    x.principal = verdict.principal
    if (!res.headersSent) announceWrongly(res, state, verdict.headers.signals ?? [], flaw)
    if (!res.headersSent && flaw !== 'forgets the cache headers') {
      res.setHeader('cache-control', verdict.headers.cacheControl)
      res.setHeader('vary', verdict.headers.vary)
    }
    return true
  }
  if (flaw === 'anonymous where a bad header was sent' && requirement.kind === 'optional') {
    x.principal = null
    return true
  }
  if (res.headersSent && flaw !== 'crashes when the response was sent') return false
  for (const [name, value] of verdict.answer.headers) {
    if (name === 'www-authenticate' && flaw === 'forgets the challenge') continue
    res.appendHeader(name, value)
  }
  res.statusCode = flaw === 'verifier crash becomes 401' && verdict.answer.status === 503 ? 401 : verdict.answer.status
  res.end(
    flaw === 'tells the cause'
      ? JSON.stringify({ ...JSON.parse(verdict.answer.body), cause: String(verdict.error.cause) })
      : verdict.answer.body,
  )
  return false
}

/** The end of the old side, with one mistake at most; without one, it is written when headers are committed. */
function announceWrongly(
  res: ServerResponse,
  state: RequestState,
  signals: readonly (readonly [name: string, value: string])[],
  flaw: Flaw | null,
): void {
  if (flaw === 'announces at each guard' || flaw === 'announces before the handler alone')
    for (const [name, value] of signals) res.appendHeader(name, value)
  if (flaw === 'announces before the handler alone') announceNothing(state)
  const { writeHead } = res
  if (flaw === 'takes the place of other links' && signals.length > 0)
    res.writeHead = (...args: unknown[]) => {
      res.removeHeader('link')
      return writeHead.apply(res, args as never)
    }
  if (flaw === 'announces on no answer that is written by hand' && signals.length > 0)
    res.writeHead = (...args: unknown[]) => {
      if (typeof args.at(-1) === 'object') announceNothing(state)
      return writeHead.apply(res, args as never)
    }
}

/** Whatever the answer says of caches. */
function addToAnything(res: ServerResponse, state: RequestState): void {
  const { writeHead } = res
  res.writeHead = (...args: unknown[]) => {
    for (const field of takeCookies(state, [], null)) res.appendHeader('set-cookie', field)
    return writeHead.apply(res, args as never)
  }
}

function announceNothing(state: RequestState): void {
  if (state.passed === undefined) return
  const { cacheControl, vary } = state.passed
  state.passed = { cacheControl, vary }
}

function fail(res: ServerResponse, error: unknown, flaw: Flaw | null): void {
  if (flaw === 'crashes when the response was sent') throw error
  if (res.headersSent) return
  if (flaw === 'handler crash becomes a refusal') res.setHeader('www-authenticate', 'Bearer').writeHead(401).end()
  else res.writeHead(500).end()
}

function read(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    req.on('error', reject)
  })
}
