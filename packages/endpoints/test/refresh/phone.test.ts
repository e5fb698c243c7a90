import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createDualAuth, oidc, type DualAuth } from '@dualauth/core'
import { Provider, type Configuration } from 'oidc-provider'
import { afterEach, describe, expect, it } from 'vitest'
import { oidcTokens, refreshEndpoint } from '../../src/index.js'
import { APPS, listen } from '../apps.js'
import { createBrowser } from '../sign-in/browser.js'

/** An app on a phone: a public client, which the provider knows by its own redirect URI (RFC 8252). */
const PHONE = 'phone'
const REDIRECT_URI = 'com.example.app:/callback'
const API = 'https://api.example.com'

type World = Awaited<ReturnType<typeof createWorld>>
let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (framework: string): Promise<World> => (world = await createWorld(framework))

async function createWorld(framework: string) {
  const provider = await startProvider()
  const clock = { offset: 0 }
  const now = (): number => Date.now() + clock.offset
  const auth = createDualAuth({
    verifiers: [oidc({ name: 'workforce', issuer: provider.issuer, audience: API })],
    now,
  }) as DualAuth
  const handle = refreshEndpoint({
    auth,
    bodyTokens: {
      provider: oidcTokens({ issuer: provider.issuer, clientId: PHONE, now }),
      secrets: [randomBytes(32).toString('base64url')],
    },
    now,
  })
  const app = await listen(await (APPS[framework] as (typeof APPS)[string])('/auth/refresh', handle))
  return {
    provider,
    clock,
    async refresh(body: URLSearchParams | object) {
      const isForm = body instanceof URLSearchParams
      const response = await fetch(`${app.origin}/auth/refresh`, {
        method: 'POST',
        body: isForm ? body : JSON.stringify(body),
        ...(!isForm && { headers: { 'content-type': 'application/json' } }),
      })
      const json = (await response.json()) as Record<string, string | number>
      return { status: response.status, headers: response.headers, json, token: String(json['refresh_token']) }
    },
    async use(accessToken: unknown) {
      const request = { method: 'GET', headers: { authorization: `Bearer ${String(accessToken)}` } }
      const result = await auth.authenticate(request)
      return result.ok ? result.principal.id : result.error.code
    },
    async close() {
      await auth.close()
      await app.close()
      await provider.close()
    },
  }
}

describe.each(Object.keys(APPS))(
  'a phone that signed in at the provider itself, with a refresh mounted in %s',
  (name) => {
    it('goes on with refresh tokens of ours, and loses all of them when one is stolen', async () => {
      const { provider, clock, refresh, use } = await open(name)
      const tokens = await signInOnPhone(provider.issuer)
      expect(await use(tokens['access_token'])).toBe('ada')

      const form = { grant_type: 'refresh_token', client_id: PHONE, refresh_token: tokens['refresh_token'] as string }
      const first = await refresh(new URLSearchParams(form))
      expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-store'])
      expect(first.json).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) })
      expect(await use(first.json['access_token'])).toBe('ada')

      const both = await Promise.all(Array.from({ length: 20 }, () => refresh({ refresh_token: first.token })))
      expect(new Set(both.map(({ status, token }) => `${status} ${token}`)).size).toBe(1)
      const second = both[0] as (typeof both)[0]
      expect([second.status, second.token === first.token]).toEqual([200, false])

      clock.offset = 31_000
      const stolen = await refresh({ refresh_token: first.token })
      expect([stolen.status, stolen.json['code']]).toEqual([401, 'credential_revoked'])
      expect((await refresh({ refresh_token: second.token })).status).toBe(401)
      expect(await use(second.json['access_token'])).toBe('credential_revoked')
      expect(provider.revoked).toBe(1)
    })

    it('is told what is wrong with its request', async () => {
      const { refresh } = await open(name)
      expect((await refresh({ refresh_token: { nested: true } })).json['code']).toBe('request_invalid')
      const huge = await refresh({ refresh_token: 'x'.repeat(20_000) })
      expect([huge.status, huge.json['code']]).toEqual([413, 'body_too_large'])
      expect((await refresh({ refresh_token: 'made-up' })).json['code']).toBe('credential_invalid')
      const nobody = await refresh({})
      expect([nobody.status, nobody.json['code']]).toEqual([401, 'credential_missing'])
    })
  },
)

/** Authorization code with PKCE, without any server of ours, as AppAuth does it. */
async function signInOnPhone(issuer: string): Promise<Record<string, unknown>> {
  const verifier = randomBytes(32).toString('base64url')
  const start = new URL(`${issuer}/auth`)
  start.search = new URLSearchParams({
    client_id: PHONE,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid offline_access',
    prompt: 'consent',
    state: randomBytes(16).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const callback = await throughPages(start.href)
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: PHONE,
    redirect_uri: REDIRECT_URI,
    code: callback.searchParams.get('code') as string,
    code_verifier: verifier,
  })
  const response = await fetch(`${issuer}/token`, { method: 'POST', body })
  return (await response.json()) as Record<string, unknown>
}

/** Signs in and consents in the browser of the phone, until it opens the app. */
async function throughPages(url: string): Promise<URL> {
  const browser = createBrowser()
  let page = await browser.ask(url)
  for (let steps = 0; steps < 20; steps++) {
    const location = page.headers.get('location')
    if (location?.startsWith(REDIRECT_URI) === true) return new URL(location)
    if (location !== null) {
      page = await browser.ask(new URL(location, page.url).href)
      continue
    }
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1] as string
    const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1] ?? ''
    const body = new URLSearchParams({ prompt, ...(prompt === 'login' && { login: 'ada', password: 'x' }) })
    page = await browser.ask(new URL(action, page.url).href, { method: 'POST', body })
  }
  throw new Error('the provider did not open the app')
}

async function startProvider() {
  const state = { revoked: 0 }
  const server = await listen((request, response) => void provider.callback()(request, response))
  const provider = new Provider(server.origin, configuration())
  provider.on('grant.revoked', () => void state.revoked++)
  return Object.assign(state, { issuer: server.origin, close: server.close })
}

function configuration(): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] as never },
    clients: [
      {
        client_id: PHONE,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [REDIRECT_URI],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    features: {
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: API,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    ttl: { AccessToken: 300, Grant: 3600, Session: 3600, Interaction: 600, IdToken: 300, RefreshToken: 3600 },
  }
}
