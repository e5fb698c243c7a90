import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createClient,
  memoryTokens,
  storedTokens,
  type Client,
  type ClientOptions,
  type Tokens,
  type TokenStorage,
} from '../src/index.js'
import { createApi, json, ORIGIN, problem, type Api } from './support/api.js'

afterEach(() => void vi.unstubAllGlobals())

/** A server that gives each refresh token once, and access tokens that live until `expire`. */
function issuing(api: Api) {
  const state = { good: 'at-0', refresh: 'rt-0', serial: 0 }
  const bearer = (request: Request): string | null => request.headers.get('authorization')
  api.answers.set('/things', (request) => {
    if (bearer(request) === null) return problem(401, 'credential_missing')
    return bearer(request) === `Bearer ${state.good}` ? json([]) : problem(401, 'credential_expired')
  })
  api.answers.set('/auth/refresh', async (request) => {
    const { refresh_token } = (await request.json()) as { refresh_token?: string }
    if (refresh_token !== state.refresh) return problem(401, 'credential_revoked')
    state.serial++
    Object.assign(state, { good: `at-${state.serial}`, refresh: `rt-${state.serial}` })
    return json({ access_token: state.good, token_type: 'Bearer', expires_in: 300, refresh_token: state.refresh })
  })
  return Object.assign(state, { expire: () => (state.good = 'none') })
}

const FIRST = { access_token: 'at-0', token_type: 'Bearer', refresh_token: 'rt-0' }

async function open(api: Api, options: ClientOptions = {}, first: typeof FIRST | null = FIRST) {
  const client = createClient({ baseUrl: ORIGIN, fetch: api.fetch, tokens: memoryTokens(), ...options })
  if (first !== null) await client.setTokens(first)
  const changes: string[] = []
  client.onChange(({ type }) => changes.push(type))
  return { ...client, changes }
}

function memoryStorage(tokens: Tokens | null = null) {
  const kept: (Tokens | null)[] = [tokens]
  const storage: TokenStorage = { load: () => kept.at(-1) ?? null, save: async (next) => void kept.push(next) }
  return { kept, storage }
}

describe('an access token', () => {
  it('goes as a bearer to the configured origins, and to no other; no cookie goes along', async () => {
    const api = createApi()
    const { fetch } = await open(api, { origins: ['https://files.example.com'] })
    for (const address of ['/here', 'https://files.example.com/f', 'https://other.example/x']) await fetch(address)
    const sent = api.requests.map(({ headers, credentials }) => [headers.get('authorization'), credentials])
    expect(sent).toEqual([
      ['Bearer at-0', 'omit'],
      ['Bearer at-0', 'omit'],
      [null, 'same-origin'],
    ])
  })

  it('that expired is refreshed once for any number of calls', async () => {
    const api = createApi()
    const server = issuing(api)
    const { fetch, changes } = await open(api)
    server.expire()
    const responses = await Promise.all(Array.from({ length: 30 }, () => fetch('/things')))
    expect(responses.map(({ status }) => status)).toEqual(Array(30).fill(200))
    expect([api.count('POST /auth/refresh'), changes]).toEqual([1, ['renewed']])
  })

  it('is refreshed once in whatever order requests arrive and are answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 6 }), async (scheduler, count) => {
        const api = createApi((what) => scheduler.schedule(Promise.resolve(), what))
        issuing(api).expire()
        const { fetch } = await open(api)
        const calls = Promise.all(Array.from({ length: count }, () => fetch('/things')))
        const responses = await scheduler.waitFor(calls)
        expect(responses.map(({ status }) => status)).toEqual(Array(count).fill(200))
        expect(api.count('POST /auth/refresh')).toBe(1)
      }),
      { numRuns: 100 },
    )
  })

  it('is refreshed before it ends, which spares streams a 401', async () => {
    const api = createApi()
    issuing(api)
    let time = 0
    const { fetch, setTokens } = await open(api, { now: () => time })
    await setTokens({ ...FIRST, expires_in: 60 } as typeof FIRST)
    time = 54_000
    expect((await fetch('/things')).status).toBe(200)
    time = 55_000
    const body = new Blob(['one']).stream()
    const response = await fetch('/things', { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect([response.status, api.asked]).toEqual([200, ['GET /things', 'POST /auth/refresh', 'POST /things']])
  })
})

describe('a refresh', () => {
  it('is kept before it is used, and what it replaced is not sent again', async () => {
    const api = createApi()
    const server = issuing(api)
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null })
    const order: string[] = []
    const save: TokenStorage['save'] = async (next) => {
      await storage.save(next)
      order.push(`kept ${next?.refreshToken}`)
    }
    api.answers.set(
      '/things',
      ((things) => (request: Request) => {
        order.push(`sent ${request.headers.get('authorization')}`)
        return things(request)
      })(api.answers.get('/things')!),
    )
    const { fetch } = await open(api, { tokens: storedTokens({ ...storage, save }) }, null)
    server.expire()
    expect((await fetch('/things')).status).toBe(200)
    expect(order).toEqual(['sent Bearer at-0', 'kept rt-1', 'sent Bearer at-1'])
    expect(kept.at(-1)).toMatchObject({ accessToken: 'at-1', refreshToken: 'rt-1' })
  })

  it.each([503, 429, 500])('that is answered %i signs nobody out, and the token is tried again', async (status) => {
    const api = createApi()
    const server = issuing(api)
    const refresh = api.answers.get('/auth/refresh')!
    const { fetch, changes } = await open(api)
    server.expire()
    api.answers.set('/auth/refresh', () => problem(status, 'verifier_unavailable'))
    expect((await fetch('/things')).status).toBe(status)
    api.answers.set('/auth/refresh', () => Promise.reject(new TypeError('fetch failed')))
    await expect(fetch('/things')).rejects.toThrow('fetch failed')
    api.answers.set('/auth/refresh', refresh)
    expect([(await fetch('/things')).status, changes]).toEqual([200, ['renewed']])
  })

  it('that is answered 401 signs out, and clears what is kept', async () => {
    const api = createApi()
    const server = issuing(api)
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'spent', expiresAt: null })
    const { fetch, changes } = await open(api, { tokens: storedTokens(storage) }, null)
    server.expire()
    expect((await fetch('/things')).status).toBe(401)
    expect([kept.at(-1), changes]).toEqual([null, ['signed-out']])
    await fetch('/things')
    expect(api.requests.at(-1)?.headers.get('authorization')).toBeNull()
  })

  it('that comes too early for its call, and is refused, signs out as well', async () => {
    const api = createApi()
    issuing(api)
    const { storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'spent', expiresAt: 1 })
    const { fetch, changes } = await open(api, { tokens: storedTokens(storage) }, null)
    expect([(await fetch('/things')).status, changes]).toEqual([401, ['signed-out']])
  })

  it('is not lost where the storage fails: it serves on, and is kept as soon as that is possible', async () => {
    const api = createApi()
    const server = issuing(api)
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null })
    const errors: unknown[] = []
    let isFull = true
    const save: TokenStorage['save'] = (next) => (isFull ? Promise.reject(new Error('full')) : storage.save(next))
    const tokens = storedTokens({ ...storage, save }, { onError: (cause) => errors.push(cause) })
    const { fetch } = await open(api, { tokens }, null)
    server.expire()
    expect((await fetch('/things')).status).toBe(200)
    expect([errors.length > 0, kept.at(-1)?.accessToken]).toEqual([true, 'at-0'])
    isFull = false
    await fetch('/things')
    expect(kept.at(-1)).toMatchObject({ accessToken: 'at-1', refreshToken: 'rt-1' })
  })

  it('of another process is taken over, and its token is not spent again', async () => {
    const api = createApi()
    const server = issuing(api)
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null })
    const app = await open(api, { tokens: storedTokens(storage) }, null)
    const extension = await open(api, { tokens: storedTokens(storage) }, null)
    await app.fetch('/things')
    server.expire()
    await extension.fetch('/things')
    expect((await app.fetch('/things')).status).toBe(200)
    expect([api.count('POST /auth/refresh'), kept.at(-1)?.refreshToken]).toEqual([1, 'rt-1'])
  })

  it('without a new refresh token leaves the one before in place', async () => {
    const api = createApi()
    issuing(api).expire()
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null })
    api.answers.set('/auth/refresh', () => json({ access_token: 'at-1', token_type: 'Bearer' }))
    await (await open(api, { tokens: storedTokens(storage) }, null)).fetch('/things')
    expect(kept.at(-1)).toEqual({ accessToken: 'at-1', refreshToken: 'rt-0', expiresAt: null })
  })

  it('answered without tokens is an error, and nobody is signed out', async () => {
    const api = createApi()
    issuing(api).expire()
    api.answers.set('/auth/refresh', () => json({ id: 'ada' }))
    const { fetch, changes } = await open(api)
    await expect(fetch('/things')).rejects.toMatchObject({ code: 'answer_invalid' })
    expect(changes).toEqual([])
  })
})

describe('while a refresh is under way', () => {
  async function underWay() {
    const api = createApi()
    issuing(api).expire()
    const refresh = api.answers.get('/auth/refresh')!
    let release = (): void => {}
    api.answers.set('/auth/refresh', async (request) => {
      await new Promise<void>((resolve) => (release = resolve))
      return refresh(request)
    })
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null })
    const client = await open(api, { tokens: storedTokens(storage) }, null)
    const call = client.fetch('/things')
    await vi.waitUntil(() => api.count('POST /auth/refresh') === 1)
    return { api, kept, client, call, release: () => release() }
  }

  it('a sign-out is never undone', async () => {
    const { api, kept, client, call, release } = await underWay()
    await client.signOut()
    release()
    expect((await call).status).toBe(401)
    expect([kept.at(-1), api.count('GET /things')]).toEqual([null, 1])
  })

  it('another person who signs in is not replaced', async () => {
    const { kept, client, call, release } = await underWay()
    await client.setTokens({ access_token: 'of-grace', refresh_token: 'rt-grace' })
    release()
    await call
    expect(kept.at(-1)).toMatchObject({ accessToken: 'of-grace', refreshToken: 'rt-grace' })
  })
})

describe('a call of one person', () => {
  const GRACE = { access_token: 'of-grace', refresh_token: 'rt-grace' }

  /** Ada pays, and Grace signs in while `held` is under way. Tells who paid, whose tokens were spent, and who is signed in. */
  async function handedOver(held: string, refreshed: () => Response, elapsedSeconds = 0) {
    let time = 0
    const seen: string[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const api = createApi(async (what) => (what === `${held} is answered` ? gate : undefined))
    api.answers.set('/pay', async (request) => {
      seen.push(`${request.headers.get('authorization')} ${await request.text()}`)
      return problem(401, 'credential_expired')
    })
    api.answers.set('/auth/refresh', async (request) => {
      seen.push(((await request.json()) as { refresh_token: string }).refresh_token)
      return refreshed()
    })
    const { kept, storage } = memoryStorage()
    const client = await open(api, { tokens: storedTokens(storage), now: () => time })
    await client.setTokens({ ...FIRST, expires_in: 60 })
    client.changes.length = 0
    time = elapsedSeconds * 1000
    const paid = client.fetch('/pay', { method: 'POST', body: 'of Ada' })
    await vi.waitUntil(() => api.count(held) === 1)
    await client.signOut()
    await client.setTokens(GRACE)
    release()
    return { status: (await paid).status, seen, kept: kept.at(-1)?.accessToken, changes: client.changes }
  }

  const GRANTED = () => json({ access_token: 'at-1', token_type: 'Bearer', refresh_token: 'rt-1' })
  const REFUSED = () => problem(401, 'credential_revoked')
  const HANDED_OVER = { status: 401, kept: 'of-grace', changes: ['signed-out', 'signed-in'] }

  it('is not repeated as another person, and spends none of their tokens', async () => {
    expect(await handedOver('POST /pay', GRANTED)).toEqual({ ...HANDED_OVER, seen: ['Bearer at-0 of Ada'] })
  })

  it.each([
    ['granted', GRANTED],
    ['refused', REFUSED],
  ])('is not repeated as another person who signs in during its refresh: %s', async (_, refreshed) => {
    const seen = ['Bearer at-0 of Ada', 'rt-0']
    expect(await handedOver('POST /auth/refresh', refreshed)).toEqual({ ...HANDED_OVER, seen })
  })

  it.each([
    ['granted', GRANTED],
    ['refused', REFUSED],
  ])('is not sent as another person who signs in before it is sent: %s', async (_, refreshed) => {
    const seen = ['rt-0', 'Bearer at-0 of Ada']
    expect(await handedOver('POST /auth/refresh', refreshed, 56)).toEqual({ ...HANDED_OVER, seen })
  })
})

describe('the client itself', () => {
  it('follows no redirect with a refresh token', async () => {
    const sent: (string | undefined)[] = []
    const fetch: typeof globalThis.fetch = async (_, init) => {
      sent.push(init?.redirect)
      return problem(401, 'credential_expired')
    }
    const client = await open(createApi(), { fetch })
    await client.fetch('/things')
    await client.setTokens(FIRST)
    await client.exchange()
    await client.signOut()
    expect(sent).toEqual([undefined, 'error', 'error', 'error'])
  })

  it('keeps its tokens at a 401 that is none of the API, and hands it on', async () => {
    const api = createApi()
    issuing(api).expire()
    api.answers.set('/auth/refresh', () => new Response('<h1>Sign in to the proxy</h1>', { status: 401 }))
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null })
    const { fetch, changes } = await open(api, { tokens: storedTokens(storage) }, null)
    const response = await fetch('/things')
    expect([response.status, await response.text()]).toEqual([401, '<h1>Sign in to the proxy</h1>'])
    expect([kept.at(-1)?.refreshToken, changes]).toEqual(['rt-0', []])
  })

  it.each([1, 5, 10])('refreshes tokens that live for %i seconds once for a call, after its 401', async (seconds) => {
    const api = createApi()
    api.answers.set('/things', () => problem(401, 'credential_expired'))
    api.answers.set('/auth/refresh', () => json({ ...FIRST, expires_in: seconds }))
    const { fetch, setTokens } = await open(api)
    await setTokens({ ...FIRST, expires_in: seconds })
    await fetch('/things')
    expect(api.asked).toEqual(['GET /things', 'POST /auth/refresh', 'GET /things'])
  })
})

describe('a token of the old side', () => {
  it('is exchanged at a legacy_retired, and the new ones serve from then on', async () => {
    const api = createApi()
    issuing(api)
    api.answers.set('/things', (request) =>
      request.headers.get('authorization') === 'Bearer new' ? json([]) : problem(401, 'legacy_retired'),
    )
    api.answers.set('/auth/exchange', (request) =>
      request.headers.get('authorization') === 'Bearer old'
        ? json({ access_token: 'new', token_type: 'Bearer', refresh_token: 'rt-new' })
        : problem(401, 'credential_missing'),
    )
    const { fetch, changes } = await open(api, {}, { access_token: 'old' } as typeof FIRST)
    expect([(await fetch('/things')).status, changes]).toEqual([200, ['renewed']])
  })
})

describe('signing out', () => {
  it('drops the tokens also where the server cannot be reached, and says so', async () => {
    const api = createApi()
    const { kept, storage } = memoryStorage({ accessToken: 'at-0', refreshToken: 'rt-0', expiresAt: null })
    const { signOut, changes } = await open(api, { tokens: storedTokens(storage) }, null)
    let body: unknown = null
    api.answers.set('/auth/sign-out', async (request) => {
      body = await request.json()
      return problem(503, 'store_unavailable')
    })
    await expect(signOut()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect([body, kept.at(-1), changes]).toEqual([{ refresh_token: 'rt-0' }, null, ['signed-out']])
  })
})

describe('options of tokens', () => {
  it('refuse a storage that cannot load or save', () => {
    const wrong = { load: () => null } as unknown as TokenStorage
    expect(() => storedTokens(wrong)).toThrowError(expect.objectContaining({ code: 'configuration_invalid' }))
  })

  it('are needed to take tokens', async () => {
    const client: Client = createClient({ baseUrl: ORIGIN, fetch: createApi().fetch })
    await expect(client.setTokens(FIRST)).rejects.toMatchObject({ code: 'configuration_invalid' })
    client.close()
  })

  it('never put a token into localStorage', async () => {
    const touched = vi.fn<() => boolean>()
    vi.stubGlobal('localStorage', new Proxy({}, { get: touched, set: touched }))
    const api = createApi()
    issuing(api).expire()
    await (await open(api)).fetch('/things')
    expect(touched).not.toHaveBeenCalled()
  })
})
