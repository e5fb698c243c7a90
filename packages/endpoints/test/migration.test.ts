import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { customPolicy, createDualAuth, legacyJwt, type DualAuth, type PolicyDocument } from '@dualauth/core'
import { createState, handOver, type RequestState } from '@dualauth/core/adapter'
import * as onExpress from '@dualauth/express'
import * as onFastify from '@dualauth/fastify'
import * as onHono from '@dualauth/hono'
import { storedApiKeys } from '@dualauth/postgres'
import { createLegacyIssuer } from '@dualauth/testing'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiKeyEndpoints, migrationEndpoint, retiredEndpoint, type Endpoints } from '../src/index.js'

const MOVE = 'https://example.com/move'
const LOGIN = 'https://app.example.com/login'
const announcement = {
  deprecation: '2026-01-01T00:00:00Z',
  sunset: '2030-12-31T00:00:00Z',
  documentation: MOVE,
  login: LOGIN,
  banner: true,
}

/** An instance in the middle of a move, or of several; null: its policy was never read. */
function moving(policy: Partial<PolicyDocument> | null, names: readonly string[] = ['default']): DualAuth {
  const verifiers = ['legacy', 'older', 'fresh'].map((name) =>
    legacyJwt({
      name,
      algorithms: ['HS256'],
      secrets: [createLegacyIssuer().secret],
      purpose: 'only-access-tokens',
      issuer: `https://${name}.example.com`,
    }),
  )
  return createDualAuth({
    verifiers,
    link: ({ subject }) => ({ id: subject }),
    migration: names.map((name, place) => ({
      name,
      from: [place === 0 ? 'legacy' : 'older'],
      to: 'fresh',
      policy: policy === null ? customPolicy(() => null) : { version: 3, stage: 'dual', settleMs: 0, ...policy },
    })),
  })
}

/** An instance that knows one side only. */
function unmoved(): DualAuth {
  const { secret } = createLegacyIssuer()
  return createDualAuth({
    verifiers: [legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [secret], purpose: 'only-access-tokens' })],
    link: () => null,
  })
}

function ask(handle: Endpoints, init: RequestInit = {}, path = '/auth/migration'): Promise<Response> {
  return handle(new Request(`https://api.example.com${path}`, init))
}

const typed = (identifier: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ identifier }),
})

describe('where a migration stands', () => {
  it('is shown to everybody, for 30 seconds', async () => {
    const handle = migrationEndpoint({ auth: moving({ stage: 'prefer-new', announcement }) })
    const response = await ask(handle)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=30'])
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({
      migration: 'default',
      version: 3,
      stage: 'prefer-new',
      deprecation: '2026-01-01T00:00:00.000Z',
      sunset: '2030-12-31T00:00:00.000Z',
      earliestNewOnly: null,
      documentation: MOVE,
      login: LOGIN,
      banner: true,
    })
  })

  it('is kept out of shared caches where the answer carries what is meant for one caller', async () => {
    const session = { name: 'session', field: 'session=next', endSession: () => {} }
    const passed = { cacheControl: 'private, no-store', vary: 'Cookie' }
    const shared = { ...createState(), passed }
    const handle = migrationEndpoint({ auth: moving({}) })
    const cachingBelow = async (state: RequestState) =>
      (await handle(handOver(new Request('https://api.example.com/'), { state, native: null }))).headers.get(
        'cache-control',
      )
    expect(await cachingBelow(shared)).toBe('public, max-age=30')
    expect(await cachingBelow({ ...shared, cookies: [session] })).toBe('private, no-store')
    const signals = [['Deprecation', '@1767225600']] as const
    expect(await cachingBelow({ ...shared, passed: { ...passed, signals } })).toBe('private, no-store')
  })

  it('has an entity tag, and is not sent again to a client that has it', async () => {
    const handle = migrationEndpoint({ auth: moving({}) })
    const etag = (await ask(handle)).headers.get('etag') as string
    for (const sent of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const again = await ask(handle, { headers: { 'if-none-match': sent } })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    }
    expect((await ask(handle, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    const later = migrationEndpoint({ auth: moving({ version: 4 }) })
    expect((await ask(later, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('answers HEAD without a body, OPTIONS with what is allowed, and other methods with 405', async () => {
    const handle = migrationEndpoint({ auth: moving({}) })
    const head = await ask(handle, { method: 'HEAD' })
    expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', expect.any(String)])
    const options = await ask(handle, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'HEAD, GET, OPTIONS'])
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const refused = await ask(handle, { method })
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'HEAD, GET, OPTIONS'])
    }
  })

  it('is 503 with Retry-After while there is no policy', async () => {
    const handle = migrationEndpoint({ auth: moving(null), hint: true })
    for (const init of [{}, typed('a@example.com')]) {
      const response = await ask(handle, init)
      expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'private, no-store'])
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await response.json()).toMatchObject({ code: 'policy_unavailable' })
    }
  })

  it('is shown for the organization that the application names, and is not shared then', async () => {
    const handle = migrationEndpoint({
      auth: moving({ organizations: { acme: { stage: 'new-only' } } }),
      organization: ({ url }) => new URL(url).searchParams.get('organization'),
    })
    const acme = await ask(handle, {}, '/auth/migration?organization=acme')
    expect(await acme.json()).toMatchObject({ stage: 'new-only' })
    expect(acme.headers.get('cache-control')).toBe('private, no-cache')
    expect(await (await ask(handle)).json()).toMatchObject({ stage: 'dual' })
    expect(await (await ask(handle, {}, '/auth/migration?organization=__proto__')).json()).toMatchObject({
      stage: 'dual',
    })
  })
})

describe('the hint for a login page', () => {
  const rollout = { unit: 'identifier', salt: 'spring', basisPoints: 10_000 } as const

  it('says which side issues and nothing else, and is not kept', async () => {
    const handle = migrationEndpoint({ auth: moving({ rollout }), hint: true })
    const response = await ask(handle, typed('Ada@example.com'))
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    expect(await response.json()).toEqual({ side: 'new', verifiers: ['fresh'] })
    expect((await ask(handle, { method: 'OPTIONS' })).headers.get('allow')).toBe('HEAD, GET, POST, OPTIONS')
  })

  it.each([
    ['of a rollout by person', { rollout: { ...rollout, unit: 'user', basisPoints: 9_999 } }],

    ['of nobody', { rollout: { ...rollout, basisPoints: 0 } }],
    ['of new people', { newUsers: 'new', rollout: { ...rollout, basisPoints: 0 } }],
  ] as const)('%s is the same for everybody: it knows nobody', async (_name, policy) => {
    const handle = migrationEndpoint({ auth: moving(policy), hint: true })
    for (const identifier of ['known@example.com', 'unknown@example.com'])
      expect(await (await ask(handle, typed(identifier))).json()).toEqual({ side: 'old', verifiers: ['legacy'] })
  })

  it('is not there unless the application wants it', async () => {
    expect((await ask(migrationEndpoint({ auth: moving({}) }), typed('a@example.com'))).status).toBe(405)
  })

  it.each<[string, RequestInit, number, string]>([
    ['no body', { method: 'POST' }, 400, 'request_invalid'],
    ['no identifier', typed(undefined), 400, 'request_invalid'],
    ['an empty one', typed(''), 400, 'request_invalid'],
    ['a long one', typed('a'.repeat(321)), 400, 'request_invalid'],
    ['another type', typed({ $ne: '' }), 400, 'request_invalid'],
    ['a large body', typed('a'.repeat(5_000)), 413, 'body_too_large'],
    ['a form', { method: 'POST', body: new URLSearchParams({ identifier: 'a' }) }, 415, 'media_type_unsupported'],
  ])('refuses %s and repeats nothing of it', async (_name, init, status, code) => {
    const response = await ask(migrationEndpoint({ auth: moving({}), hint: true }), init)
    const body = await response.text()
    expect([response.status, JSON.parse(body)]).toEqual([status, expect.objectContaining({ code })])
    expect(body).not.toContain('aaa')
  })
})

describe('an endpoint that is gone', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])(
    'answers %s 410, says when and where to go',
    async (method) => {
      const response = await ask(retiredEndpoint({ auth: moving({ stage: 'retired', announcement }) }), { method })
      expect(response.status).toBe(410)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(response.headers.get('sunset')).toBe('Tue, 31 Dec 2030 00:00:00 GMT')
      const link = response.headers.get('link')
      for (const rel of ['deprecation', 'sunset']) expect(link).toContain(`<${MOVE}>; rel="${rel}"`)
      expect(response.headers.get('www-authenticate')).toBeNull()
      const body = await response.text()
      if (method === 'HEAD') return expect(body).toBe('')
      expect(JSON.parse(body)).toMatchObject({
        code: 'endpoint_retired',
        migration: 'default',
        login: LOGIN,
        documentation: MOVE,
      })
    },
  )

  it('is gone also while there is no policy, and by dates of its own', async () => {
    const own = { sunset: '2026-02-01T01:00:00+01:00', documentation: 'https://example.com/a%20b' }
    for (const auth of [moving(null), unmoved(), moving(null, ['spring', 'autumn'])]) {
      const response = await ask(retiredEndpoint({ auth, ...own }))
      expect([response.status, response.headers.get('sunset')]).toEqual([410, 'Sun, 01 Feb 2026 00:00:00 GMT'])
      expect(response.headers.get('link')).toContain('<https://example.com/a%20b>; rel="sunset"')
    }
    const bare = await ask(retiredEndpoint({ auth: moving(null) }))
    expect([bare.status, bare.headers.get('sunset'), bare.headers.get('link')]).toEqual([410, null, null])
  })
})

describe('a wrong option', () => {
  const auth = moving({})
  it.each<[string, () => unknown]>([
    ['migrationEndpoint.auth', () => migrationEndpoint({ auth: {} as DualAuth })],
    ['migrationEndpoint.hint', () => migrationEndpoint({ auth, hint: 'yes' as never })],
    ['migrationEndpoint.organization', () => migrationEndpoint({ auth, organization: 'acme' as never })],
    ['migrationEndpoint.maxBodyBytes', () => migrationEndpoint({ auth, maxBodyBytes: 1 })],
    ['retiredEndpoint.sunset', () => retiredEndpoint({ auth, sunset: '2026-02-30' })],
    ['retiredEndpoint.sunset', () => retiredEndpoint({ auth, sunset: '2026-02-30T00:00:00Z' })],
    ['retiredEndpoint.sunset', () => retiredEndpoint({ auth, sunset: '9999-12-31T23:30:00-01:00' })],
    ...[
      'javascript:alert(1)',
      'https://user:secret@example.com/',
      'https://e.com\\@example.com/',
      'http://example.com/',
    ].map((documentation): [string, () => unknown] => [
      'retiredEndpoint.documentation',
      () => retiredEndpoint({ auth, documentation }),
    ]),
  ])('%s fails at construction, by name', (name, build) => {
    expect(build).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining(name) }),
    )
  })
})

describe('a migration that the instance does not have', () => {
  const auth = moving({}, ['spring', 'autumn'])
  const names = 'must be one of spring, autumn'
  it.each<[string, string, () => unknown]>([
    ['migrationEndpoint.migration', names, () => migrationEndpoint({ auth, migration: 'sprimg' })],
    ['migrationEndpoint.migration', names, () => migrationEndpoint({ auth })],
    ['migrationEndpoint.auth', 'migration', () => migrationEndpoint({ auth: unmoved() })],
    ['retiredEndpoint.migration', names, () => retiredEndpoint({ auth, migration: 'sprimg' })],
    [
      'retiredEndpoint.migration',
      names,
      () => retiredEndpoint({ auth, migration: 'sprimg', sunset: '2026-02-01T00:00:00Z' }),
    ],
    ['retiredEndpoint.migration', names, () => retiredEndpoint({ auth })],
    ['retiredEndpoint.auth', 'migration', () => retiredEndpoint({ auth: unmoved() })],
  ])('fails at construction by the name of %s, with those there are', (option, said, build) => {
    let thrown: unknown
    try {
      build()
    } catch (cause) {
      thrown = cause
    }
    expect(thrown).toMatchObject({ code: 'configuration_invalid' })
    const { message } = thrown as Error
    expect([message.includes(option), message.includes(said)]).toEqual([true, true])
  })

  it('is one of those that `auth.migrations` lists', () => {
    expect([moving({}).migrations, auth.migrations, unmoved().migrations]).toEqual([
      ['default'],
      ['spring', 'autumn'],
      [],
    ])
    for (const migration of auth.migrations)
      expect([migrationEndpoint({ auth, migration }), retiredEndpoint({ auth, migration })]).toHaveLength(2)
  })
})

describe('endpoints on a bare server', () => {
  it('announce the end of the old side to whom it let in, whatever they answer', async () => {
    const issuer = createLegacyIssuer()
    const verifiers = ['legacy', 'fresh'].map((name) =>
      legacyJwt({
        name,
        algorithms: ['HS256'],
        secrets: [name === 'legacy' ? issuer.secret : createLegacyIssuer().secret],
        purpose: 'only-access-tokens',
        ...(name === 'fresh' && { issuer: 'https://fresh.example.com' }),
      }),
    )
    const auth = createDualAuth({
      verifiers,
      link: ({ subject }) => ({ id: subject }),
      migration: { from: ['legacy'], to: 'fresh', policy: { version: 1, stage: 'prefer-new', announcement } },
    })
    const handle = apiKeyEndpoints({ auth, keys: storedApiKeys(async () => []), prefix: 'sk_live_' })
    const headers = { authorization: `Bearer ${issuer.sign({ sub: 'ada' })}` }
    const response = await ask(handle, { headers }, '/none/of/its/paths')
    expect([response.status, response.headers.get('sunset')]).toEqual([404, 'Tue, 31 Dec 2030 00:00:00 GMT'])
    expect(response.headers.get('deprecation')).toBe('@1767225600')
    for (const rel of ['deprecation', 'sunset'])
      expect(response.headers.get('link')).toContain(`<${MOVE}>; rel="${rel}"`)
    const refused = await ask(handle, {}, '/none/of/its/paths')
    expect([refused.status, refused.headers.get('sunset')]).toEqual([401, null])
  })
})

/** Both in an app of each framework, behind a parser of JSON as apps have one. */
const APPS: Record<string, (status: Endpoints, gone: Endpoints) => Promise<RequestListener>> = {
  async express(status, gone) {
    const app = express()
    app.use(express.json())
    app.use('/auth/migration', onExpress.mountHandler(status))
    app.use('/old', onExpress.mountHandler(gone))
    return app
  },
  async hono(status, gone) {
    const app = new Hono()
    app.all('/auth/migration', onHono.mountHandler(status))
    app.all('/old/*', onHono.mountHandler(gone))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
  async fastify(status, gone) {
    const app = fastify()
    await app.register(onFastify.mountHandler, { prefix: '/auth/migration', handler: status })
    await app.register(onFastify.mountHandler, { prefix: '/old', handler: gone })
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

describe.each(Object.entries(APPS))('mounted in %s', (_name, build) => {
  let origin: string
  beforeAll(async () => {
    const auth = moving({ announcement })
    const server = createServer(await build(migrationEndpoint({ auth, hint: true }), retiredEndpoint({ auth })))
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return () => new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  const call = (path: string, { headers = {}, ...init }: { method?: string; body?: string; headers?: object } = {}) =>
    fetch(origin + path, { ...init, headers: { ...headers, connection: 'close' } })

  it('the status is cacheable, with 304 for who has it', async () => {
    const response = await call('/auth/migration')
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=30'])
    expect(await response.json()).toMatchObject({ stage: 'dual', version: 3 })
    const again = await call('/auth/migration', { headers: { 'if-none-match': response.headers.get('etag') } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await call('/auth/migration', { method: 'HEAD' })).status).toBe(200)
    expect((await call('/auth/migration', { method: 'PUT' })).status).toBe(405)
  })

  it('the hint reads the body that a parser has read', async () => {
    const response = await call('/auth/migration', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"identifier":"ada@example.com"}',
    })
    expect([response.status, await response.json()]).toEqual([200, { side: 'old', verifiers: ['legacy'] }])
  })

  it('what is gone answers 410 below its path', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const response = await call('/old/login', { method })
      expect([response.status, response.headers.get('sunset')]).toEqual([410, 'Tue, 31 Dec 2030 00:00:00 GMT'])
      expect(response.headers.get('link')).toContain(`<${MOVE}>; rel="deprecation"`)
      await response.text()
    }
  })
})
