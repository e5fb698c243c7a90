import { beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, apiKeys, memoryApiKeys, type Query } from '@dualauth/core'
import { apiKeyEndpoints } from '../src/index.js'
import { createWorld, openDatabase, ORIGIN, type Call, type World } from './world.js'

const DAY = 86_400_000
let world: World
let query: Query
beforeAll(async () => {
  query = await openDatabase()
  world = await createWorld(query)
})

const create = async (call: Call = { as: 'ada' }, body: object = { scopes: ['things:read'] }) => {
  const reply = await world.ask({ method: 'POST', body, ...call })
  expect([reply.status, reply.text]).toEqual([201, expect.any(String)])
  return reply.json
}
/** Status and code. */
const refusal = async (call: Call): Promise<string> => {
  const { status, json, headers } = await world.ask(call)
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(headers.get('cache-control')).toBe('private, no-store')
  return `${status} ${json.code}`
}

describe('a user who is signed in', () => {
  it('makes a key that is shown once, and that works', async () => {
    const { status, headers, json } = await world.ask({
      as: 'ada',
      method: 'POST',
      body: { name: 'deploy', scopes: ['things:read'] },
    })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api-keys/${json.apiKey.id}`)
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(json.key).toMatch(/^sk_live_[0-9A-Za-z]{38}$/)
    expect(json.apiKey).toEqual({
      id: expect.stringMatching(/^key_/) as string,
      owner: { kind: 'user', id: 'ada' },
      organization: null,
      name: 'deploy',
      start: json.key.slice(0, 12),
      scopes: ['things:read'],
      active: true,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      lastUsedAt: null,
      expiresAt: expect.stringMatching(/Z$/) as string,
      rotatedAt: null,
      revokedAt: null,
    })
    const { createdAt, expiresAt } = json.apiKey as unknown as Record<string, string>
    expect(Date.parse(expiresAt!) - Date.parse(createdAt!)).toBe(90 * DAY)
    expect(await world.use(json.key)).toBe('200 ada')
    const shown = await world.ask({ as: 'ada', path: `/${json.apiKey.id}` })
    expect(shown.json).toMatchObject({ id: json.apiKey.id, name: 'deploy' })
    expect(shown.text).not.toContain(json.key)
  })

  it('chooses an environment and an end', async () => {
    const test = await create({ as: 'ada' }, { scopes: [], environment: 'test', expiresInDays: 1 })
    expect(test.key).toMatch(/^sk_test_/)
    expect(await world.use(test.key)).toBe('200 ada')
    const call = { as: 'ada', method: 'POST' }
    for (const body of [
      { scopes: [], environment: 'staging' },
      { scopes: [], environment: '__proto__' },
      { scopes: [], expiresInDays: 366 },
      { scopes: [], expiresInDays: null },
      { scopes: [], expiresInDays: 0 },
      { scopes: [], expiresInDays: 1.5 },
      { scopes: [], expiresInDays: '1' },
    ])
      expect([body, await refusal({ ...call, body })]).toEqual([body, '400 request_invalid'])
  })

  it('lists keys page by page, renames and revokes one, which ends at once where it is remembered', async () => {
    const as = 'root'
    const made = []
    for (const name of ['one', 'two', 'three']) made.unshift(await create({ as }, { name, scopes: ['*'] }))
    const first = await world.ask({ as, path: '?limit=2' })
    const second = await world.ask({ as, path: `?limit=2&cursor=${first.json.cursor}` })
    expect([...first.json.keys, ...second.json.keys].map(({ name }) => name)).toEqual(['three', 'two', 'one'])
    expect(second.json.cursor).toBeNull()
    const { key, apiKey } = made[0]!
    const path = `/${apiKey.id}`
    expect((await world.ask({ as, method: 'PATCH', path, body: { name: 'drei' } })).json).toMatchObject({
      name: 'drei',
    })
    expect(await world.use(key)).toBe('200 root')
    const revoked = await world.ask({ as, method: 'DELETE', path })
    expect([revoked.status, revoked.json['active']]).toEqual([200, false])
    expect(await world.use(key)).toBe('401 credential_revoked')
    const again = await world.ask({ as, method: 'DELETE', path })
    expect(again.json['revokedAt']).toBe(revoked.json['revokedAt'])
  })

  it('rotates a key: both count for the overlap, and a second rotation is refused', async () => {
    const old = await create({ as: 'ada' }, { scopes: ['things:read'], environment: 'test', name: 'ci' })
    const path = `/${old.apiKey.id}/rotate`
    const { status, json } = await world.ask({ as: 'ada', method: 'POST', path })
    expect([status, json.apiKey]).toEqual([201, expect.objectContaining({ name: 'ci', scopes: ['things:read'] })])
    expect(json.key).toMatch(/^sk_test_/)
    expect([await world.use(old.key), await world.use(json.key)]).toEqual(['200 ada', '200 ada'])
    expect(await refusal({ as: 'ada', method: 'POST', path })).toBe('409 resource_conflict')
    const now = { as: 'ada', method: 'POST', path: `/${json.apiKey.id}/rotate`, body: { overlapSeconds: 0 } }
    const newest = await world.ask(now)
    expect(newest.status).toBe(201)
    expect(await world.use(json.key)).toMatch(/^401 /)
    for (const overlapSeconds of [-1, 604_801, 1.5, '1', null])
      expect(await refusal({ ...now, path: `/${newest.json.apiKey.id}/rotate`, body: { overlapSeconds } })).toBe(
        '400 request_invalid',
      )
  })

  it('gives the new key the lifetime of the old one, or that of a new key where the old one lasts too long', async () => {
    const rotated = async (id: string, body: object = {}) => {
      const { json } = await world.ask({ as: 'ada', method: 'POST', path: `/${id}/rotate`, body })
      const { createdAt, expiresAt } = json.apiKey as unknown as { createdAt: string; expiresAt: string }
      return (Date.parse(expiresAt) - Date.parse(createdAt)) / DAY
    }
    const [one, other] = [await create(), await create({ as: 'ada' }, { scopes: [], expiresInDays: 7 })]
    expect(await rotated(other.apiKey.id)).toBe(7)
    expect(await rotated(one.apiKey.id, { expiresInDays: 3 })).toBe(3)
    for (const lifetimeMs of [null, 1000 * DAY]) {
      const owner = { kind: 'user', id: 'ada' } as const
      const made = await world.keys.create({ owner, prefix: 'sk_live_', scopes: [], lifetimeMs })
      expect(await rotated(made.ok ? made.apiKey.id : '')).toBe(90)
    }
  })

  it('gives a key no scope beyond their own permissions', async () => {
    const call = { as: 'bob', method: 'POST' }
    for (const scope of ['things:write', 'things:*', '*:read', '*'])
      expect([scope, await refusal({ ...call, body: { scopes: ['things:read', scope] } })]).toEqual([
        scope,
        '403 permission_denied',
      ])
    const { headers } = await world.ask({ ...call, body: { scopes: ['things:write'] } })
    expect(headers.get('www-authenticate')).toContain('scope="things:write"')
  })

  it('hear which scope they may not give, also where a cookie gets no challenge', async () => {
    const body = { scopes: ['things:read', 'things:*', 'billing:read'] }
    const sent = { method: 'POST', body, headers: { origin: ORIGIN } }
    for (const caller of [{ as: 'bob' }, { cookie: 'bob' }]) {
      const { json, status } = await world.ask({ ...sent, ...caller })
      expect({ status, code: json.code, required: json['required'] }).toEqual({
        status: 403,
        code: 'permission_denied',
        required: 'things:*',
      })
    }
    // What names no permission is not sent back.
    const { text } = await world.ask({ ...sent, as: 'bob', body: { scopes: ['x'.repeat(300)] } })
    expect(JSON.parse(text)).toMatchObject({ status: 400, code: 'request_invalid' })
    expect(text).not.toContain('xxx')
  })

  it('gives a key every scope that its owner holds', async () => {
    await create({ as: 'root' }, { scopes: ['*', 'things:*', 'org:invoices:create'] })
  })

  it('never sees the key of another user', async () => {
    const { key, apiKey } = await create({ as: 'ada' })
    const path = `/${apiKey.id}`
    for (const call of [
      { path },
      { path, method: 'PATCH', body: { name: 'mine' } },
      { path, method: 'DELETE' },
      { path: `${path}/rotate`, method: 'POST' },
    ])
      expect(await refusal({ as: 'bob', ...call })).toBe('404 resource_not_found')
    expect((await world.ask({ as: 'bob' })).text).not.toContain(apiKey.id)
    expect(await world.use(key)).toBe('200 ada')
  })

  it('may have so many keys', async () => {
    const few = await createWorld(query, { maxKeys: 2 })
    const call = { as: 'ada', method: 'POST', body: { scopes: [] } }
    expect((await few.ask(call)).status).toBe(201)
    expect((await few.ask(call)).status).toBe(201)
    const { status, json } = await few.ask(call)
    expect([status, json.code]).toEqual([409, 'limit_reached'])
  })
})

describe('a caller', () => {
  it('that is unknown is refused with the challenges of the instance', async () => {
    for (const call of [
      {},
      { path: '/none' },
      { path: '/x', method: 'DELETE' },
      { method: 'PUT' },
      { method: 'POST', raw: 'x' },
    ])
      expect(await refusal(call)).toBe('401 credential_missing')
    const { headers } = await world.ask({})
    expect(headers.get('www-authenticate')).toMatch(/^Bearer .*ApiKey /)
    expect(await refusal({ as: 'nobody' })).toBe('403 identity_unlinked')
  })

  it('with a cookie changes something from a trusted origin only', async () => {
    const body = { scopes: [] }
    const call = { cookie: 'ada', method: 'POST', body }
    expect(await refusal(call)).toBe('403 origin_untrusted')
    expect(await refusal({ ...call, headers: { origin: 'https://evil.example' } })).toBe('403 origin_untrusted')
    expect((await world.ask({ ...call, headers: { origin: ORIGIN } })).status).toBe(201)
    expect((await world.ask({ cookie: 'ada' })).status).toBe(200)
  })

  it('with an API key manages none, whatever the key may do, unless it is granted by name', async () => {
    const wide = await create({ as: 'root' }, { scopes: ['*'] })
    const narrow = await create({ as: 'robot' }, { scopes: ['things:read'] })
    for (const { key, apiKey } of [wide, narrow]) {
      expect(await refusal({ key })).toBe('403 permission_denied')
      expect(await refusal({ key, path: `/${apiKey.id}` })).toBe('403 permission_denied')
      expect(await refusal({ key, path: '/key_none' })).toBe('403 permission_denied')
      expect(await refusal({ key, method: 'POST', body: { scopes: [] } })).toBe('403 permission_denied')
      expect(await refusal({ key, method: 'POST', path: `/${apiKey.id}/rotate` })).toBe('403 permission_denied')
      expect(await refusal({ key, method: 'DELETE', path: `/${apiKey.id}` })).toBe('403 permission_denied')
    }
    const granted = await create({ as: 'robot' }, { scopes: ['api-keys:write'] })
    const { key } = granted
    expect((await world.ask({ key, method: 'POST', body: { scopes: [] } })).status).toBe(201)
    // No more than its own scopes, and no replacement of a key that may do more.
    expect(await refusal({ key, method: 'POST', body: { scopes: ['things:read'] } })).toBe('403 permission_denied')
    expect(await refusal({ key, method: 'POST', path: `/${narrow.apiKey.id}/rotate` })).toBe('403 permission_denied')
    expect((await world.ask({ key, method: 'POST', path: `/${granted.apiKey.id}/rotate` })).status).toBe(201)
    // Its owner has to hold the permission as well.
    const beyond = await world.keys.create({
      owner: { kind: 'user', id: 'bob' },
      prefix: 'sk_live_',
      scopes: ['api-keys:write'],
    })
    expect(await refusal({ key: beyond.ok ? beyond.key : '', method: 'POST', body: { scopes: [] } })).toBe(
      '403 permission_denied',
    )
  })

  it('needs a permission for everything where self-service is off', async () => {
    const closed = await createWorld(query, { selfService: false, permissions: { write: 'keys:manage' } })
    const status = async (as: string, method = 'GET') =>
      (await closed.ask({ as, method, ...(method === 'POST' && { body: { scopes: [] } }) })).status
    expect([await status('ada'), await status('ada', 'POST'), await status('root', 'POST')]).toEqual([403, 403, 201])
  })
})

describe('keys of an organization', () => {
  const body = { owner: 'organization', scopes: ['things:read'] }

  it('are managed by whoever holds the permission there', async () => {
    const made = await create({ as: 'ada', organization: 'acme' }, body)
    expect(made.apiKey).toMatchObject({ owner: { kind: 'organization', id: 'acme' }, organization: 'acme' })
    expect(await world.use(made.key)).toBe('200 acme')
    const listed = await world.ask({ as: 'ada', organization: 'acme', path: '?owner=organization' })
    expect(listed.json.keys.map(({ id }) => id)).toEqual([made.apiKey.id])
    const path = `/${made.apiKey.id}`
    expect((await world.ask({ as: 'ada', organization: 'acme', path })).status).toBe(200)
    expect((await world.ask({ as: 'ada', organization: 'acme', path, method: 'DELETE' })).status).toBe(200)
  })

  it('are closed to members without it, to other organizations, and to a caller that acts for none', async () => {
    const { apiKey } = await create({ as: 'ada', organization: 'acme' }, body)
    const path = `/${apiKey.id}`
    const call = { method: 'POST', body }
    expect(await refusal({ as: 'bob', organization: 'acme', ...call })).toBe('403 permission_denied')
    expect(await refusal({ as: 'bob', organization: 'acme', path })).toBe('403 permission_denied')
    expect(await refusal({ as: 'bob', organization: 'acme', path, method: 'DELETE' })).toBe('403 permission_denied')
    expect(await refusal({ as: 'ada', organization: 'globex', ...call })).toBe('403 permission_denied')
    expect(await refusal({ as: 'ada', organization: 'globex', path })).toBe('404 resource_not_found')
    expect(await refusal({ as: 'ada', ...call })).toBe('403 organization_required')
    expect(await refusal({ as: 'ada', path })).toBe('404 resource_not_found')
    expect(await refusal({ as: 'root', organization: 'acme', ...call })).toBe('403 organization_mismatch')
  })

  it('do not include those that a user makes there, which act for that organization', async () => {
    const { apiKey } = await create({ as: 'ada', organization: 'acme' }, { scopes: ['things:read'] })
    expect(apiKey).toMatchObject({ owner: { kind: 'user', id: 'ada' }, organization: 'acme' })
  })
})

describe('what is no request of these endpoints', () => {
  it('is answered by its kind, and nothing of it comes back', async () => {
    const call = { as: 'ada', method: 'POST' }
    const json = { 'content-type': 'application/json' }
    const large = JSON.stringify({ name: 'x'.repeat(20_000), scopes: [] })
    for (const [answer, sent] of [
      ['400 request_invalid', { raw: '{', headers: json }],
      ['400 request_invalid', { raw: '[]', headers: json }],
      ['400 request_invalid', { raw: 'null', headers: json }],
      ['400 request_invalid', { raw: '"x"', headers: json }],
      ['400 request_invalid', { raw: '', headers: json }],
      ['400 request_invalid', { raw: new Uint8Array([0x7b, 0xff, 0x7d]), headers: json }],
      ['400 request_invalid', { raw: '{"__proto__":{"scopes":[]}}', headers: json }],
      ['400 request_invalid', { body: { scopes: 'things:read' } }],
      ['400 request_invalid', { body: { scopes: [], name: 7 } }],
      ['400 request_invalid', { body: { scopes: [], name: '\0' } }],
      ['400 request_invalid', { body: { scopes: [], name: '\ud800' } }],
      ['400 request_invalid', { body: { scopes: [], name: 'x'.repeat(201) } }],
      ['400 request_invalid', { body: { scopes: [''] } }],
      ['400 request_invalid', { body: { scopes: Array(101).fill('a:b') } }],
      ['400 request_invalid', { body: { scopes: [], secretField: 1 } }],
      ['400 request_invalid', { body: { scopes: [], owner: 'service' } }],
      ['400 request_invalid', { body: { scopes: [], owner: { kind: 'user', id: 'bob' } } }],
      [
        '415 media_type_unsupported',
        { raw: 'scopes=', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      ],
      ['415 media_type_unsupported', { raw: '{}' }],
      ['415 media_type_unsupported', { raw: '{}', headers: { ...json, 'content-encoding': 'gzip' } }],
      ['413 body_too_large', { raw: large, headers: json }],
      ['413 body_too_large', { raw: new Blob([large]).stream(), headers: json }],
      ['413 body_too_large', { raw: '{}', headers: { ...json, 'content-length': '999999999' } }],
    ] as const)
      expect([answer, await refusal({ ...call, ...(sent as Call) })]).toEqual([answer, answer])
    const { text } = await world.ask({ ...call, body: { scopes: [], secretField: 'secret value' } })
    expect(text).not.toMatch(/secret/)
    expect((await world.ask({ ...call, body: { scopes: [1], name: 7 } })).json.detail).toBe(
      'name: must be text or null; scopes.0: must be a permission',
    )
  })

  it('is not found, or not allowed', async () => {
    for (const path of ['/a/b', '/a/rotate/b', '/%zz', '/%00', `/${'x'.repeat(5000)}`, '/key_none', '//', '/..'])
      expect([path, await refusal({ as: 'ada', path })]).toEqual([
        path,
        expect.stringMatching(/^40(?:4 resource_not_found|5 method_not_allowed)$/) as string,
      ])
    const { status, headers } = await world.ask({ as: 'ada', method: 'PUT' })
    expect([status, headers.get('allow')]).toEqual([405, 'HEAD, GET, POST, OPTIONS'])
    const one = await world.ask({ as: 'ada', method: 'POST', path: '/key_1' })
    expect([one.status, one.headers.get('allow')]).toEqual([405, 'HEAD, GET, PATCH, DELETE, OPTIONS'])
    expect((await world.ask({ as: 'ada', method: 'OPTIONS' })).status).toBe(204)
  })

  it('refuses a page that there is none of', async () => {
    for (const path of ['?limit=0', '?limit=101', '?limit=x', '?limit=1e1', '?cursor=x', '?cursor=%00', '?owner=bob'])
      expect([path, await refusal({ as: 'ada', path })]).toEqual([path, '400 request_invalid'])
  })

  it('answers HEAD without a body, and a preflight without asking who it is', async () => {
    const head = await world.ask({ as: 'ada', method: 'HEAD' })
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([
      200,
      '',
      'application/json; charset=utf-8',
    ])
    const preflight = { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST' } }
    expect((await world.ask(preflight)).status).toBe(204)
  })
})

describe('the endpoints', () => {
  it('keep the body of refusals that clients know', async () => {
    const own = await createWorld(query, {}, { formatError: ({ code, detail }) => ({ error: code, why: detail }) })
    expect((await own.ask({})).json).toEqual({ error: 'credential_missing', why: null })
    expect((await own.ask({ as: 'ada', path: '/none' })).json).toEqual({ error: 'resource_not_found', why: null })
    const { json } = await own.ask({ as: 'ada', path: '?limit=x' })
    expect(json).toEqual({ error: 'request_invalid', why: 'limit: must be a whole number from 1 to 100' })
  })

  it('answer 503 where the database is down, and say why to the operator alone', async () => {
    const down = () => Promise.reject(new Error('connect ECONNREFUSED'))
    const broken = { create: down, list: down, get: down, rename: down, rotate: down, revoke: down, expire: down }
    const { ask, errors } = await createWorld(query, { keys: broken })
    for (const call of [{}, { method: 'POST', body: { scopes: [] } }, { method: 'DELETE', path: '/key_1' }]) {
      const { status, headers, text, json } = await ask({ as: 'ada', ...call })
      expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'store_unavailable', '5'])
      expect(text).not.toContain('ECONN')
    }
    expect(errors).toHaveLength(3)
    expect(String(errors[0])).toContain('ECONNREFUSED')
  })

  it('answer 503 where other instances did not learn of a revocation, so that the caller asks again', async () => {
    let isDown = true
    const published: unknown[] = []
    const revocations = {
      publish: (revocation: unknown) => {
        if (isDown) throw new Error('the feed is down')
        published.push(revocation)
      },
      subscribe: () => () => {},
    }
    const { ask, use } = await createWorld(query, {}, { revocations })
    const { json } = await ask({ as: 'ada', method: 'POST', body: { scopes: [] } })
    const call = { as: 'ada', method: 'DELETE', path: `/${json.apiKey.id}` }
    expect((await ask(call)).status).toBe(503)
    expect(await use(json.key)).toBe('401 credential_revoked')
    isDown = false
    expect((await ask(call)).status).toBe(200)
    expect(published).toEqual([{ kind: 'api-key', id: json.apiKey.id }])
  })

  it.each<[string, object]>([
    ['prefix', { prefix: 'sk' }],
    ['prefix.live', { prefix: { live: 'sk-live-' } }],
    ['auth', { auth: {} }],
    ['keys', { keys: {} }],
    ['prefix', { prefix: {} }],
    ['basePath', { basePath: 'api-keys' }],
    ['basePath', { basePath: '/api-keys/' }],
    ['permissions.wirte', { permissions: { wirte: 'x' } }],
    ['permissions.read', { permissions: { read: 'api-keys:*' } }],
    ['permissions.write', { permissions: { write: 'api keys' } }],
    ['defaultScopes[1]', { defaultScopes: ['things:read', 'things read'] }],
    ['maxKeys', { maxKeys: 0 }],
    ['defaultLifetimeDays', { defaultLifetimeDays: 400 }],
    ['defaultLifetimeDays', { defaultLifetimeDays: null }],
    ['defaultOverlapSeconds', { maxOverlapSeconds: 5 }],
    ['maxBodyBytes', { maxBodyBytes: 1 }],
    ['onError', { onError: true }],
    ['maxkeys', { maxkeys: 1 }],
  ])('refuse a wrong option by name: %s', (option, changes) => {
    const auth = createDualAuth({ verifiers: [apiKeys({ name: 'k', prefix: 'sk_', keys: memoryApiKeys() })] })
    const options = { auth, keys: world.keys, prefix: 'sk_', ...changes }
    expect(() => apiKeyEndpoints(options)).toThrow(
      new RegExp(`^apiKeyEndpoints\\.${option.replace(/[.[\]]/g, String.raw`\$&`)}: `),
    )
  })

  it('let keys last for ever where both options say so', async () => {
    const forever = await createWorld(query, {
      defaultLifetimeDays: null,
      maxLifetimeDays: null,
      defaultScopes: ['things:read'],
    })
    const { json } = await forever.ask({ as: 'ada', method: 'POST', body: {} })
    expect(json.apiKey).toMatchObject({ expiresAt: null, scopes: ['things:read'] })
  })
})
