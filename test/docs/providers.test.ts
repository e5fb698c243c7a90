// The verifiers of docs/recipes/providers.md, as printed, against tokens in the form that each provider documents.
import { pathToFileURL } from 'node:url'
import { createDualAuth, type DualAuth, type Verifier } from '@dualauth/core'
import { startKeySetServer, type KeySetServer } from '@dualauth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS, supabaseSecret, type Claims, type Provider } from './fixtures/provider-tokens.js'
import { fileOf } from './snippets.js'

const hmac = supabaseSecret()
const { fetch } = globalThis
/** What the providers publish: their key sets are on loopback. */
const published = new Map<string, () => Promise<Response>>()

beforeAll(() => {
  const accounts = { find: async (_verifier: string, _issuer: string, id: string) => ({ id }) }
  Object.assign(globalThis, { env: { SUPABASE_JWT_SECRET: hmac.secret }, accounts })
  globalThis.fetch = async (input) => {
    const answer = published.get(String(input))
    return answer === undefined ? new Response('', { status: 404 }) : answer()
  }
})
afterAll(() => {
  globalThis.fetch = fetch
  for (const name of ['env', 'accounts']) Reflect.deleteProperty(globalThis, name)
})

/** What a recipe exports, in an instance. */
async function opened({ file, exported }: Provider): Promise<DualAuth> {
  const href = pathToFileURL(fileOf('docs/recipes/providers.md', `${file}.ts`)).href
  const block = (await import(/* @vite-ignore */ href)) as Record<string, DualAuth | Verifier>
  if (exported === 'auth') return block['auth'] as DualAuth
  const link = ({ subject }: { subject: string }) => ({ id: subject })
  const verifiers = [block[exported] as Verifier]
  return createDualAuth({ verifiers, link }) as unknown as DualAuth
}

function publish({ issuer, keySetUrl }: Provider, keys: KeySetServer): void {
  const metadata = { issuer, jwks_uri: keySetUrl }
  published.set(keySetUrl, () => fetch(keys.url))
  const base = issuer.replace(/\/$/, '')
  published.set(`${base}/.well-known/openid-configuration`, async () => Response.json(metadata))
}

const timed = (claims: Claims, seconds = Math.floor(Date.now() / 1000)): Claims => ({
  iat: seconds - 10,
  exp: seconds + 290,
  ...claims,
})

function headersOf({ carrier }: Provider, token: string): Record<string, string> {
  if (carrier === undefined) return { authorization: `Bearer ${token}` }
  return 'cookie' in carrier ? { cookie: `${carrier.cookie}=${token}` } : { [carrier.header]: token }
}

describe.each(Object.entries(PROVIDERS))('%s', (_name, provider) => {
  let [auth, keys, stranger]: [DualAuth?, KeySetServer?, KeySetServer?] = []
  beforeAll(async () => {
    const algorithm = provider.algorithm
    ;[keys, stranger] = await Promise.all([startKeySetServer({ algorithm }), startKeySetServer({ algorithm })])
    publish(provider, keys)
    auth = await opened(provider)
  })
  afterAll(async () => {
    if (provider.exported !== 'auth') await auth?.close()
    await Promise.all([keys?.close(), stranger?.close()])
  })

  const minted = (changed: Claims = {}, header: Claims = {}, by = keys as KeySetServer) =>
    by.sign(timed({ iss: provider.issuer, ...provider.claims, ...changed }), { ...provider.header, ...header })
  async function judged(token: string) {
    const input = { method: 'GET', headers: headersOf(provider, token) }
    return (auth as DualAuth).authenticate(input)
  }
  async function outcome(token: string): Promise<string> {
    const result = await judged(token)
    return result.ok ? '200' : `${result.error.status} ${result.error.code}`
  }

  it('lets its token in', async () => {
    expect(await judged(minted())).toMatchObject({ ok: true, principal: provider.principal })
  })

  it.each(Object.entries(provider.alsoGood ?? {}))('lets in a %s', async (_what, { claims, principal }) => {
    expect(await judged(minted(claims))).toMatchObject({ ok: true, principal })
  })

  it.each(Object.entries(provider.wrong))('refuses: %s', async (_what, { claims, header, says }) => {
    expect(await outcome(minted(claims, header))).toBe(says)
  })

  it('refuses an expired token, and one that somebody else signed', async () => {
    const past = Math.floor(Date.now() / 1000) - 60
    expect(await outcome(minted({ iat: past - 300, exp: past }))).toBe('401 credential_expired')
    const kid = (keys as KeySetServer).signingKey.kid
    expect(await outcome(minted({}, { kid }, stranger))).toBe('401 credential_invalid')
  })
})

describe('Supabase, while a project rotates', () => {
  const project = PROVIDERS['Supabase, with a signing key'] as Provider
  let [auth, keys]: [DualAuth?, KeySetServer?] = []
  beforeAll(async () => {
    keys = await startKeySetServer({ algorithm: 'ES256' })
    publish(project, keys)
    auth = await opened(project)
  })
  afterAll(() => keys?.close())
  const claims = (changed: Claims = {}) => timed({ iss: project.issuer, ...project.claims, ...changed })
  const use = async (token: string): Promise<string> => {
    const result = await (auth as DualAuth).authenticate({ method: 'GET', headers: headersOf(project, token) })
    return result.ok ? `${result.principal.verifier} ${result.principal.id}` : result.error.code
  }

  it('knows the same person by a token of the secret and by one of the key', async () => {
    expect(await use(hmac.sign(claims()))).toBe(`supabase-secret ${String(project.claims['sub'])}`)
  })

  it('refuses the anon key, an expired token and another secret', async () => {
    const anon = claims({ iss: 'supabase', role: 'anon', aud: undefined, sub: undefined })
    expect(await use(hmac.sign(anon))).toBe('credential_unsupported')
    expect(await use(hmac.sign(claims({ iat: 1, exp: 2 })))).toBe('credential_expired')
    expect(await use(supabaseSecret().sign(claims()))).toBe('credential_invalid')
  })
})
