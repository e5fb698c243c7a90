import { apiKeys, createDualAuth, introspection, staticPolicy, type DualAuthOptions, type Stage } from '@dualauth/core'
import { createApiKeyIssuer, createLegacyIssuer } from '@dualauth/testing'
import { describe, expect, it } from 'vitest'
import { introspectionHandler, type IntrospectionHandlerOptions } from '../src/index.js'
import { APPS, listen } from './apps.js'
import { legacyOf } from './legacy.js'

const SECRET = 'a secret with + and % and : in it, 1'
const OLD_SECRET = 'the secret that was used before it, 0'
const clients = [
  { id: 'billing', secrets: [SECRET, OLD_SECRET] },
  { id: 'globex', secrets: ['of a service that may know globex only'] },
]
const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`
const encoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)

type Body = Readonly<Record<string, unknown>>

const ACCOUNTS: Record<string, { active?: boolean; permissions?: string[]; organization?: string }> = {
  ada: { permissions: ['things:read', 'a permission with spaces'], organization: 'acme' },
  gone: { active: false },
  robot: { permissions: ['tokens:introspect'] },
}

async function createWorld(
  options: Partial<IntrospectionHandlerOptions> = {},
  stage: Stage = 'dual',
  organization?: DualAuthOptions['organization'],
) {
  const issuer = createLegacyIssuer()
  const keyIssuer = createApiKeyIssuer({ prefix: 'sk_live_' })
  let isDown = false
  const scoped = await keyIssuer.issue({ owner: 'ada', scopes: ['things:read'] })
  const robot = await keyIssuer.issue({ owner: 'robot' })
  const auth = createDualAuth({
    verifiers: [legacyOf(issuer, 'session'), apiKeys({ name: 'key', prefix: 'sk_live_', keys: keyIssuer.store })],
    link: ({ subject }) => {
      if (isDown) throw new Error('the database is down')
      return ACCOUNTS[subject] === undefined ? null : { id: subject, ...ACCOUNTS[subject] }
    },
    migration: { from: ['legacy'], to: 'key', policy: staticPolicy({ version: 1, stage }) },
    ...(organization !== undefined && { organization }),
  })
  const handle = introspectionHandler({ auth, clients, ...options })
  return {
    auth,
    handle,
    keys: { scoped: scoped.key, robot: robot.key },
    token: (userId: string, claims: object = {}) => issuer.sign({ userId, ...claims }),
    expired: () => issuer.sign({ userId: 'ada' }, { expiresInSeconds: -600 }),
    outage: (is: boolean) => (isDown = is),
    async ask(token: string | null, headers: Record<string, string> = { authorization: basic('billing', SECRET) }) {
      const body = new URLSearchParams(token === null ? {} : { token, token_type_hint: 'access_token' })
      const response = await handle(new Request('http://auth/introspect', { method: 'POST', headers, body }))
      return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
    },
  }
}

describe('introspectionHandler', () => {
  it('says whose a token is, by the id of the application', async () => {
    const { ask, token } = await createWorld()
    const { status, headers, body } = await ask(token('ada'))
    expect([status, headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    expect(body).toMatchObject({
      active: true,
      sub: 'ada',
      token_type: 'Bearer',
      scope: 'things:read',
      organization: 'acme',
      verifier: 'legacy',
      kind: 'user',
    })
    expect(body['exp']).toBeGreaterThan(body['iat'] as number)
    expect(JSON.stringify(body)).not.toContain('@')
  })

  it('says of an API key what it may, and of a narrowed one no more', async () => {
    const { ask, keys } = await createWorld()
    expect((await ask(keys.scoped)).body).toMatchObject({ active: true, sub: 'ada', scope: 'things:read' })
  })

  it('judges token and caller where the address of a request names its organization', async () => {
    const { ask, token, keys } = await createWorld({}, 'dual', (request) => {
      const { host, pathname } = request.target()
      return (host as string).startsWith('acme.') || (pathname as string).startsWith('/acme/') ? 'acme' : undefined
    })
    expect((await ask(token('ada'))).body).toMatchObject({ active: true, organization: 'acme' })
    expect((await ask(token('ada'), { authorization: `Bearer ${keys.robot}` })).body).toMatchObject({ active: true })
  })

  it.each<[string, (world: Awaited<ReturnType<typeof createWorld>>) => string]>([
    ['expired', ({ expired }) => expired()],
    ['forged', ({ token }) => `${token('ada').slice(0, -6)}AAAAAA`],
    ['of an account that is switched off', ({ token }) => token('gone')],
    ['of nobody here', ({ token }) => token('stranger')],
    ['no credential at all', () => 'x'],
    ['two in one field', ({ token }) => `${token('ada')}, ${token('ada')}`],
    ['with a header in it', ({ token }) => `${token('ada')}\r\nx-organization: globex`],
    ['a key that does not exist', () => 'sk_live_0123456789012345678901234567890123456789'],
  ])('says nothing but inactive of a token that is %s', async (_, tokenOf) => {
    const world = await createWorld()
    expect(await world.ask(tokenOf(world))).toMatchObject({ status: 200, body: { active: false } })
    expect(Object.keys((await world.ask(tokenOf(world))).body)).toEqual(['active'])
  })

  it('says inactive of a token that was revoked, and of one that the policy refuses', async () => {
    const { auth, ask, token } = await createWorld()
    await auth.revoke({ principal: 'ada' })
    expect((await ask(token('ada'))).body).toEqual({ active: false })
    const moved = await createWorld({}, 'new-only')
    expect((await moved.ask(moved.token('ada'))).body).toEqual({ active: false })
    expect((await moved.ask(moved.keys.scoped)).body).toMatchObject({ active: true })
  })

  it('is 503 in an outage: whoever asks must not take a good token for a bad one', async () => {
    const { ask, token, outage } = await createWorld()
    outage(true)
    const { status, headers } = await ask(token('ada'))
    expect([status, headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('asks callers who they are: an id and one of its secrets, encoded or as it is', async () => {
    const { ask, token } = await createWorld()
    const as = async (authorization: string) => (await ask(token('ada'), { authorization })).status
    expect(await as(basic('billing', SECRET))).toBe(200)
    expect(await as(basic(encoded('billing'), encoded(SECRET)))).toBe(200)
    expect(await as(basic('billing', OLD_SECRET).replace('Basic', 'bAsIc'))).toBe(200)
    for (const wrong of [
      basic('billing', 'x'),
      basic('nobody', SECRET),
      basic('globex', SECRET),
      'Basic',
      'Basic !',
      'Basic YQ==',
    ])
      expect(await as(wrong)).toBe(401)
  })

  it('refuses callers who are nobody, with every challenge that would do', async () => {
    const { ask, token } = await createWorld()
    const nobody = await ask(token('ada'), {})
    expect([nobody.status, nobody.body['code']]).toEqual([401, 'credential_missing'])
    expect(nobody.headers.get('www-authenticate')).toMatch(/Bearer.*Basic realm=/)
    const wrong = await ask(token('ada'), { authorization: basic('billing', 'x') })
    expect(wrong.body['code']).toBe('client_invalid')
    expect(JSON.stringify(wrong.body)).not.toContain('billing')
  })

  it('takes a key of the application that has the permission, and no cookie', async () => {
    const { ask, token, keys } = await createWorld()
    expect(await ask(token('ada'), { 'x-api-key': keys.robot })).toMatchObject({ status: 200, body: { sub: 'ada' } })
    expect(await ask(token('ada'), { authorization: `Bearer ${keys.robot}` })).toMatchObject({ status: 200 })
    expect(await ask(token('ada'), { 'x-api-key': keys.scoped })).toMatchObject({ status: 403 })
    expect(await ask(token('ada'), { cookie: `session=${token('robot')}` })).toMatchObject({ status: 401 })
  })

  it('without clients knows no secret: Basic is a scheme like another', async () => {
    const { ask, token } = await createWorld({ clients: [] })
    expect(await ask(token('ada'))).toMatchObject({ status: 401, body: { code: 'credential_missing' } })
  })

  it('hides from a caller what it may not know, as if nobody knew the token', async () => {
    const { ask, token } = await createWorld({
      mayKnow: ({ organization }, caller) =>
        caller.kind === 'client' && caller.id !== 'globex' && organization === 'acme',
    })
    expect((await ask(token('ada'))).body['active']).toBe(true)
    const globex = { authorization: basic('globex', clients[1]!.secrets[0]!) }
    expect((await ask(token('ada'), globex)).body).toEqual({ active: false })
  })

  it('adds what the application says, which replaces nothing', async () => {
    const { ask, token } = await createWorld({
      describe: ({ account }) => ({ plan: 'pro', sub: 'root', by: account.id }),
    })
    expect((await ask(token('ada'))).body).toMatchObject({ plan: 'pro', sub: 'ada', by: 'ada', active: true })
  })

  it.each([
    [400, 'no token', { body: 'token=' }],
    [400, 'two tokens', { body: 'token=a&token=b' }],
    [400, 'no UTF-8', { body: new Uint8Array([0x74, 0x3d, 0xff]) }],
    [415, 'JSON', { body: '{"token":"a"}', type: 'application/json' }],
    [400, 'no body', {}],
    [413, 'a book', { body: `token=${'x'.repeat(20_000)}` }],
    [405, 'GET', { method: 'GET' }],
    [405, 'DELETE', { method: 'DELETE' }],
  ])('answers %i to %s', async (status, _, { method = 'POST', body, type }: Sent) => {
    const { handle } = await createWorld()
    const headers = {
      authorization: basic('billing', SECRET),
      'content-type': type ?? 'application/x-www-form-urlencoded',
    }
    const request = new Request('http://auth/introspect', { method, headers, ...(body !== undefined && { body }) })
    const response = await handle(request)
    expect(response.status).toBe(status)
    if (status === 405) expect(response.headers.get('allow')).toBe('POST, OPTIONS')
  })

  it.each([
    ['introspectionHandler.auth', { auth: {} }],
    ['introspectionHandler.clients[0].secrets[0]', { clients: [{ id: 'a', secrets: ['short'] }] }],
    ['introspectionHandler.clients[0].secrets', { clients: [{ id: 'a', secrets: [] }] }],
    ['introspectionHandler.clients[0].id', { clients: [{ id: 'a:b', secrets: [SECRET] }] }],
    ['introspectionHandler.clients[1].id', { clients: [clients[0], clients[0]] }],
    ['introspectionHandler.permission', { permission: 7 }],
    ['introspectionHandler', { client: [] }],
  ])('names a wrong option: %s', async (path, options) => {
    const error = await createWorld(options as never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'configuration_invalid' })
    expect((error as Error).message.startsWith(path)).toBe(true)
  })
})

interface Sent {
  readonly method?: string
  readonly body?: BodyInit
  readonly type?: string
}

describe.each(Object.entries(APPS))('another service that asks it, mounted in %s', (_name, build) => {
  it('lets in whoever the answer names, by its own verifier of RFC 7662', async () => {
    const { handle, keys, outage } = await createWorld()
    const server = await listen(await build('/introspect', handle))
    try {
      const other = createDualAuth({
        verifiers: [
          introspection({
            name: 'auth-service',
            endpoint: `${server.origin}/introspect`,
            issuer: 'https://auth.example.com',
            client: { id: 'billing', secret: SECRET },
            audience: false,
            token: { prefix: 'sk_live_' },
          }),
        ],
      })
      const asked = async (bearer: string) => {
        const result = await other.authenticate({ method: 'GET', headers: { authorization: `Bearer ${bearer}` } })
        return result.ok ? result.principal.subject : result.error.code
      }
      expect(await asked(keys.scoped)).toBe('ada')
      expect(await asked(`${keys.scoped.slice(0, -6)}AAAAAA`)).toBe('credential_invalid')
      outage(true)
      expect(await asked(keys.robot)).toBe('verifier_unavailable')
    } finally {
      await server.close()
    }
  })
})
