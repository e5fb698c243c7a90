import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { createApiKey, memoryApiKeys, type DualAuth } from '@dualauth/core'
import { createLegacyIssuer, signedValue } from '@dualauth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { start, type Running } from './running.js'
import { DOCUMENTED, fileOf, textOf } from './snippets.js'

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

describe.each(DOCUMENTED)('the quickstart for %s, run as printed', (framework) => {
  const secret = randomBytes(32).toString('hex')
  const before = { ...process.env }
  let server: Running

  beforeAll(async () => {
    process.env['JWT_SECRET'] = secret
    process.env['WORKOS_CLIENT_ID'] = 'client_01ABC'
    server = await start(fileOf('README.md', `${framework}.ts`))
  })
  afterAll(async () => {
    process.env = before
    await server.close()
  })

  const call = (path: string, claims: object | null, method = 'GET'): Promise<Response> =>
    fetch(server.url + path, {
      method,
      headers: claims === null ? {} : { authorization: `Bearer ${createLegacyIssuer({ secret }).sign({ ...claims })}` },
    })
  const claims = (changes: object = {}): object => ({
    userId: 42,
    type: 'access',
    exp: nowSeconds() + 60,
    ...changes,
  })

  it('answers the public route without a credential', async () => {
    const response = await call('/', null)
    expect([response.status, await response.text()]).toEqual([200, 'public'])
  })

  it('answers 200 with the principal to a genuine token', async () => {
    const response = await call('/me', claims())
    expect([response.status, await response.json()]).toEqual([200, { id: '42', verifier: 'legacy' }])
  })

  it('lets a role do what the role means', async () => {
    const response = await call('/things', claims(), 'POST')
    expect([response.status, await response.json()]).toEqual([201, { by: '42' }])
  })

  it('answers as the README shows to nobody and to an expired token', async () => {
    const missing = await call('/me', null)
    expect(missing.status).toBe(401)
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="api"')
    const expired = await call('/me', claims({ exp: nowSeconds() - 60 }))
    const shown = /```http\n([\s\S]*?)```/.exec(textOf('README.md'))![1]!
    const [head, body] = shown.trim().split('\n\n') as [string, string]
    const [statusLine, ...fields] = head.split('\n')
    expect(statusLine).toBe(`HTTP/1.1 ${expired.status} ${expired.statusText}`)
    for (const field of fields) {
      const [name, value] = field.split(/: (.*)/) as [string, string]
      expect(expired.headers.get(name)).toBe(value)
    }
    expect(await expired.text()).toBe(body)
  })

  it('refuses a refresh token and a person that nobody knows', async () => {
    const refresh = await call('/me', claims({ type: 'refresh' }))
    expect([refresh.status, ((await refresh.json()) as { code: string }).code]).toEqual([401, 'credential_invalid'])
    const stranger = await call('/me', claims({ userId: 7 }))
    expect([stranger.status, ((await stranger.json()) as { code: string }).code]).toEqual([403, 'identity_unlinked'])
  })
})

describe('the configuration with all four verifiers, run as printed', () => {
  const secrets = { legacy: randomBytes(32).toString('hex'), betterAuth: randomBytes(32).toString('hex') }
  const token = randomBytes(16).toString('hex')
  const store = memoryApiKeys()
  let auth: DualAuth

  beforeAll(async () => {
    const links = new Map([
      ['legacy:7', { id: '42', roles: ['editor'] }],
      ['better-auth:ba-1', { id: '42', roles: ['editor'] }],
      ['api-key:42', { id: '42', roles: ['editor'] }],
    ])
    const given = {
      env: { JWT_SECRET: secrets.legacy, BETTER_AUTH_SECRET: secrets.betterAuth, WORKOS_CLIENT_ID: 'client_01ABC' },
      query: async (_sql: string, [wanted]: readonly unknown[]) =>
        wanted === token
          ? [
              {
                dualauth_id: 's',
                dualauth_userid: 'ba-1',
                dualauth_token: token,
                dualauth_expiresat: Date.now() + 60_000,
                dualauth_user: 'ba-1',
              },
            ]
          : [],
      accounts: {
        find: async (verifier: string, _issuer: string, subject: string) => links.get(`${verifier}:${subject}`) ?? null,
      },
      store,
    }
    Object.assign(globalThis, given)
    ;({ auth } = (await import(/* @vite-ignore */ pathToFileURL(fileOf('README.md', 'all-four.ts')).href)) as {
      auth: DualAuth
    })
  })
  afterAll(() => {
    for (const name of ['env', 'query', 'accounts', 'store']) Reflect.deleteProperty(globalThis, name)
  })

  const idOf = async (headers: Record<string, string>): Promise<string> => {
    const result = await auth.authenticate({ method: 'GET', headers })
    return result.ok ? `${result.principal.id} by ${result.principal.verifier}` : result.error.code
  }

  it('sees one person behind three credentials', async () => {
    const jwt = createLegacyIssuer({ secret: secrets.legacy }).sign({ userId: 7, type: 'access' })
    expect(await idOf({ authorization: `Bearer ${jwt}` })).toBe('42 by legacy')

    const cookie = encodeURIComponent(signedValue(token, secrets.betterAuth))
    expect(await idOf({ cookie: `better-auth.session_token=${cookie}` })).toBe('42 by better-auth')

    const { key, record } = await createApiKey({
      prefix: 'sk_live_',
      owner: { kind: 'user', id: '42' },
      scopes: ['things:read'],
    })
    store.add(record)
    expect(await idOf({ 'x-api-key': key })).toBe('42 by api-key')
  })

  it('refuses a forgery', async () => {
    const forged = createLegacyIssuer({ secret: secrets.betterAuth }).sign({ userId: 7, type: 'access' })
    expect(await idOf({ authorization: `Bearer ${forged}` })).toBe('credential_invalid')
    expect(await idOf({})).toBe('credential_missing')
  })

  it('answers nobody as docs/rules/respond.md shows', async () => {
    const result = await auth.authenticate({ method: 'GET', headers: {} })
    if (result.ok) throw new Error('somebody')
    const { status, headers, body } = auth.respond(result.error)
    const lines = headers.map(([name, value]) => `${name}: ${value}`.toLowerCase()).toSorted()
    const shown = /```http\n([\s\S]*?)```/.exec(textOf('docs/rules/respond.md'))![1]!
    const [head, document] = shown.trim().split('\n\n') as [string, string]
    const [statusLine, ...fields] = head.split('\n')
    expect([status, body]).toEqual([Number(statusLine!.split(' ')[1]), document])
    expect(fields.map((field) => field.toLowerCase()).toSorted()).toEqual(lines)
  })
})
