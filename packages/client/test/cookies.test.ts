import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient, type Change, type Client, type ClientOptions } from '../src/index.js'
import { ADA, createApi, expiring, json, ORIGIN, problem, type Api } from './support/api.js'

const clients: Client[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const client of clients.splice(0)) client.close()
})

function open(api: Api, options: ClientOptions = {}): Client & { readonly changes: string[] } {
  const client = createClient({ baseUrl: ORIGIN, fetch: api.fetch, ...options })
  clients.push(client)
  const changes: string[] = []
  client.onChange(({ type, isElsewhere }: Change) => changes.push(isElsewhere ? `${type} elsewhere` : type))
  return { ...client, changes }
}

describe('a call', () => {
  it('takes the cookie along to the configured origins only, and no other answer begins anything', async () => {
    const api = createApi()
    const { fetch } = open(api, { origins: ['https://files.example.com'], authPath: 'https://id.example.com/auth' })
    api.answers.set('/there', () => problem(401, 'credential_expired'))
    for (const origin of ['https://other.example', 'http://api.example.com', 'https://api.example.com.evil.example'])
      await fetch(`${origin}/there`)
    expect(api.requests.map(({ credentials }) => credentials)).toEqual(['same-origin', 'same-origin', 'same-origin'])
    api.answers.clear()
    for (const address of ['/here', `${ORIGIN}/here`, 'https://files.example.com/f', 'https://id.example.com/x'])
      await fetch(address)
    expect(api.requests.slice(3).map(({ credentials }) => credentials)).toEqual(Array(4).fill('include'))
    expect(api.asked.filter((asked) => asked.includes('refresh'))).toEqual([])
  })

  it('is left as it stands where it brings a header of its own, or wants no credentials', async () => {
    const api = createApi()
    api.answers.set('/things', () => problem(401, 'credential_expired'))
    const { fetch } = open(api)
    expect((await fetch('/things', { headers: { authorization: 'Bearer other' } })).status).toBe(401)
    expect((await fetch('/things', { credentials: 'omit' })).status).toBe(401)
    expect(api.asked).toEqual(['GET /things', 'GET /things'])
  })

  it.each(['credential_missing', 'identity_conflict', 'credential_unsupported'])(
    'is handed its 401 where no refresh could mend it: %s',
    async (code) => {
      const api = createApi()
      api.answers.set('/things', () => problem(401, code))
      const response = await open(api).fetch('/things')
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, code])
      expect(api.asked).toEqual(['GET /things'])
    },
  )

  it('is handed 403, 404, 500 and a 401 of somebody else', async () => {
    const api = createApi()
    const { fetch } = open(api)
    for (const response of [problem(403, 'permission_denied'), json({}, 404), json({}, 500), json('no', 401)]) {
      api.answers.set('/things', () => response)
      expect((await fetch('/things')).status).toBe(response.status)
    }
    expect(api.count('POST /auth/refresh')).toBe(0)
  })
})

describe('an expired session', () => {
  it('is refreshed once for any number of calls, and each is sent once more', async () => {
    const api = createApi()
    expiring(api)
    const { fetch, changes } = open(api)
    const responses = await Promise.all(Array.from({ length: 50 }, () => fetch('/things')))
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect([api.count('POST /auth/refresh'), api.count('GET /things')]).toEqual([1, 100])
    expect(changes).toEqual(['renewed'])
  })

  it('is refreshed once in whatever order requests arrive and are answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 6 }), async (scheduler, count) => {
        const api = createApi((what) => scheduler.schedule(Promise.resolve(), what))
        expiring(api)
        const { fetch } = open(api)
        const calls = Promise.all(Array.from({ length: count }, () => fetch('/things')))
        const responses = await scheduler.waitFor(calls)
        expect(responses.map(({ status }) => status)).toEqual(Array(count).fill(200))
        // A call that comes to a 401 after the refresh has ended is sent again without another one.
        expect(api.count('POST /auth/refresh')).toBeLessThanOrEqual(1)
        expect(api.count('GET /things')).toBeLessThanOrEqual(2 * count)
      }),
      { numRuns: 100 },
    )
  })

  it('is never refreshed in a loop: an API that says "expired" for ever is asked twice a call', async () => {
    const api = createApi()
    expiring(api)
    api.answers.set('/things', () => problem(401, 'credential_expired'))
    expect((await open(api).fetch('/things')).status).toBe(401)
    expect(api.asked).toEqual(['GET /things', 'POST /auth/refresh', 'GET /things'])
  })

  it('that is over signs out once, and each call is handed its own 401', async () => {
    const api = createApi()
    expiring(api)
    api.answers.set('/auth/refresh', () => problem(401, 'credential_revoked'))
    const { fetch, changes } = open(api)
    const responses = await Promise.all([fetch('/things'), fetch('/things'), fetch('/things')])
    for (const response of responses) expect(await response.json()).toMatchObject({ code: 'credential_expired' })
    expect([changes, api.count('POST /auth/refresh')]).toEqual([['signed-out'], 1])
  })

  it.each([503, 429, 500, 502])(
    'signs nobody out where the refresh answers %i: each call is handed that answer, and nobody asks again before Retry-After',
    async (status) => {
      const api = createApi()
      const session = expiring(api)
      const refresh = api.answers.get('/auth/refresh')!
      let time = 0
      const headers = { 'retry-after': '7' }
      api.answers.set('/auth/refresh', () => problem(status, 'verifier_unavailable', headers))
      const { fetch, changes } = open(api, { now: () => time })
      const responses = await Promise.all([fetch('/things'), fetch('/things')])
      for (const response of responses) {
        expect([response.status, response.headers.get('retry-after')]).toEqual([status, '7'])
        expect(await response.json()).toMatchObject({ code: 'verifier_unavailable' })
      }
      time = 6_999
      expect((await fetch('/things')).status).toBe(status)
      expect([api.count('POST /auth/refresh'), changes]).toEqual([1, []])
      time = 7_000
      api.answers.set('/auth/refresh', refresh)
      expect((await fetch('/things')).status).toBe(200)
      expect([session.isFresh, changes]).toEqual([true, ['renewed']])
    },
  )

  it('signs nobody out without a network: calls reject as fetch does', async () => {
    const api = createApi()
    expiring(api)
    api.answers.set('/auth/refresh', () => Promise.reject(new TypeError('fetch failed')))
    const { fetch, changes } = open(api)
    const calls = await Promise.allSettled([fetch('/things'), fetch('/things')])
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: { message: 'fetch failed' } })
    expect(changes).toEqual([])
  })

  it('is left alone where there is nothing to refresh it', async () => {
    const api = createApi()
    expiring(api)
    api.answers.set('/auth/refresh', () => json({}, 404))
    const { fetch, changes } = open(api)
    expect([(await fetch('/things')).status, changes]).toEqual([401, []])
  })

  it('does not hold up calls for longer than timeoutMs', async () => {
    vi.useFakeTimers()
    const api = createApi()
    expiring(api)
    api.answers.set('/auth/refresh', () => new Promise(() => {}))
    const { fetch, changes } = open(api, { timeoutMs: 2_000 })
    const call = expect(fetch('/things')).rejects.toMatchObject({ name: 'ClientError', code: 'timeout' })
    await vi.advanceTimersByTimeAsync(2_000)
    await call
    expect(changes).toEqual([])
  })

  it('a call that is aborted is over at once, and the others are not', async () => {
    const api = createApi()
    expiring(api)
    let release = (): void => {}
    const refresh = api.answers.get('/auth/refresh')!
    api.answers.set('/auth/refresh', async (request) => {
      await new Promise<void>((resolve) => (release = resolve))
      return refresh(request)
    })
    const { fetch } = open(api)
    const stop = new AbortController()
    const [aborted, other] = [fetch('/things', { signal: stop.signal }), fetch('/things')]
    await vi.waitUntil(() => api.count('POST /auth/refresh') === 1)
    stop.abort(new Error('left the page'))
    await expect(aborted).rejects.toThrow('left the page')
    release()
    expect((await other).status).toBe(200)
  })
})

describe('what is sent again', () => {
  const bodies: Record<string, () => BodyInit> = {
    text: () => 'one thing',
    form: () => new URLSearchParams({ one: 'thing' }),
    blob: () => new Blob(['one thing']),
    bytes: () => new TextEncoder().encode('one thing'),
  }
  it.each(Object.keys(bodies))('is the same again: %s', async (kind) => {
    const api = createApi()
    const session = expiring(api)
    const bodiesSeen: string[] = []
    api.answers.set('/things', async (request) => {
      bodiesSeen.push(await request.text())
      return session.isFresh ? json({}, 201) : problem(401, 'credential_expired')
    })
    const body = bodies[kind]!
    expect((await open(api).fetch('/things', { method: 'POST', body: body() })).status).toBe(201)
    expect(bodiesSeen).toEqual(Array(2).fill(await new Response(body()).text()))
  })

  it('is a Request of any method with its headers and body', async () => {
    const api = createApi()
    const session = expiring(api)
    const seen: string[] = []
    api.answers.set('/things', async (request) => {
      seen.push(`${request.method} ${request.headers.get('x-part')} ${await request.text()}`)
      return session.isFresh ? json({}, 201) : problem(401, 'credential_expired')
    })
    const request = new Request(`${ORIGIN}/things`, { method: 'PATCH', body: 'one', headers: { 'x-part': '1' } })
    expect((await open(api).fetch(request)).status).toBe(201)
    expect(seen).toEqual(['PATCH 1 one', 'PATCH 1 one'])
  })

  it('is not a stream: its call is handed the 401 after the session was refreshed, for the app to begin again', async () => {
    const api = createApi()
    const session = expiring(api)
    const { fetch } = open(api)
    const body = new Blob(['one']).stream()
    const response = await fetch('/things', { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect([response.status, session.isFresh, api.count('POST /things')]).toEqual([401, true, 1])
  })
})

describe('a session of the old side', () => {
  it('is exchanged at a legacy_retired, once for all calls', async () => {
    const api = createApi()
    let isNew = false
    api.answers.set('/things', () => (isNew ? json([]) : problem(401, 'legacy_retired')))
    api.answers.set('/auth/exchange', () => ((isNew = true), json(ADA)))
    const { fetch, changes } = open(api)
    const responses = await Promise.all([fetch('/things'), fetch('/things')])
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
    expect([api.count('POST /auth/exchange'), api.count('POST /auth/refresh'), changes]).toEqual([1, 0, ['renewed']])
  })

  it('that cannot be exchanged signs out, and the call is handed where to sign in', async () => {
    const api = createApi()
    api.answers.set('/things', () => problem(401, 'legacy_retired'))
    api.answers.set('/auth/exchange', () => problem(401, 'legacy_retired'))
    const { fetch, changes } = open(api)
    expect((await fetch('/things')).status).toBe(401)
    expect(changes).toEqual(['signed-out'])
  })

  it('is exchanged when the app says so; one that cannot be is still signed in', async () => {
    const api = createApi()
    const { exchange, changes } = open(api)
    api.answers.set('/auth/exchange', () => problem(401, 'credential_missing'))
    expect(await exchange()).toBe(false)
    api.answers.set('/auth/exchange', () => problem(403, 'exchange_refused'))
    expect(await exchange()).toBe(false)
    api.answers.set('/auth/exchange', () => problem(503, 'policy_unavailable', { 'retry-after': '3' }))
    const error = { code: 'policy_unavailable', status: 503, retryAfterSeconds: 3 }
    await expect(exchange()).rejects.toMatchObject(error)
    expect(changes).toEqual([])
  })
})

describe('an outage', () => {
  it('is handed on at once, unless the app wants to wait as long as Retry-After says', async () => {
    vi.useFakeTimers({ now: 0 })
    const api = createApi()
    let isDown = true
    api.answers.set('/things', () => (isDown ? problem(503, 'verifier_unavailable', { 'retry-after': '3' }) : json([])))
    expect((await open(api).fetch('/things')).status).toBe(503)
    const { fetch } = open(api, { maxWaitSeconds: 10 })
    const read = fetch('/things')
    const written = fetch('/things', { method: 'POST', body: 'one' })
    await vi.advanceTimersByTimeAsync(2_999)
    isDown = false
    expect([(await written).status, api.count('GET /things')]).toEqual([503, 2])
    await vi.advanceTimersByTimeAsync(1)
    expect((await read).status).toBe(200)
  })

  it('is handed on when the wait would be longer in all; an answer of 0 is no loop', async () => {
    vi.useFakeTimers({ now: 0 })
    const api = createApi()
    api.answers.set('/things', () => problem(429, 'rate_limited', { 'retry-after': '0' }))
    api.answers.set('/later', () =>
      problem(503, 'verifier_unavailable', { 'retry-after': new Date(11_000).toUTCString() }),
    )
    const { fetch } = open(api, { maxWaitSeconds: 3 })
    expect((await fetch('/later')).status).toBe(503)
    const call = fetch('/things')
    await vi.advanceTimersByTimeAsync(3_000)
    expect([(await call).status, api.count('GET /things')]).toEqual([429, 4])
  })
})

describe('calls of its own', () => {
  it('say who is signed in, nobody, or that it cannot be told', async () => {
    const api = createApi()
    const { me } = open(api)
    api.answers.set('/auth/me', () => json(ADA))
    expect(await me()).toEqual(ADA)
    api.answers.set('/auth/me', () => problem(401, 'credential_missing'))
    expect(await me()).toBeNull()
    api.answers.set('/auth/me', () => problem(503, 'account_unavailable', { 'retry-after': '2' }))
    await expect(me()).rejects.toMatchObject({ code: 'account_unavailable', status: 503, retryAfterSeconds: 2 })
    api.answers.set('/auth/me', () => problem(403, 'account_banned'))
    await expect(me()).rejects.toMatchObject({ code: 'account_banned', status: 403, retryAfterSeconds: null })
  })

  it('say where the migration stands', async () => {
    const api = createApi()
    const { migration } = open(api)
    api.answers.set('/auth/migration', () => json({ stage: 'dual', banner: true }))
    expect(await migration()).toMatchObject({ stage: 'dual', banner: true })
    api.answers.set('/auth/migration', () => problem(503, 'policy_unavailable'))
    await expect(migration()).rejects.toMatchObject({ code: 'policy_unavailable' })
  })

  it('open the sign-in page with what it is asked for', () => {
    const opened: string[] = []
    const { signIn, signInUrl } = open(createApi(), { navigate: (url) => opened.push(url) })
    signIn('/things?page=2', { organization: 'acme', prompt: 'login' })
    const address = `${ORIGIN}/auth/sign-in?returnTo=%2Fthings%3Fpage%3D2&organization=acme&prompt=login`
    expect([opened, signInUrl('/')]).toEqual([[address], `${ORIGIN}/auth/sign-in?returnTo=%2F`])
  })

  it('end the session, and go on where the provider ends its own', async () => {
    const api = createApi()
    const opened: string[] = []
    const { signOut, changes } = open(api, { navigate: (url) => opened.push(url) })
    api.answers.set('/auth/sign-out', () => problem(503, 'store_unavailable'))
    await expect(signOut()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect([opened, changes]).toEqual([[], []])
    api.answers.set('/auth/sign-out', () => json({ location: 'https://id.example.com/end' }))
    await signOut()
    expect([opened, changes]).toEqual([['https://id.example.com/end'], ['signed-out']])
  })
})

describe('a listener', () => {
  it('that throws is no business of the call', async () => {
    const api = createApi()
    expiring(api)
    const client = open(api)
    const caught = new Promise((resolve) => process.once('unhandledRejection', resolve))
    client.onChange(() => {
      throw new Error('a mistake of the page')
    })
    expect((await client.fetch('/things')).status).toBe(200)
    expect(await caught).toMatchObject({ message: 'a mistake of the page' })
  })

  it('that is stopped hears nothing', async () => {
    const api = createApi()
    expiring(api)
    const client = open(api)
    const heard: Change[] = []
    client.onChange((change) => heard.push(change))()
    await client.fetch('/things')
    expect([heard, client.changes]).toEqual([[], ['renewed']])
  })
})

describe('createClient', () => {
  it.each<[string, unknown]>([
    ['baseUrl', 'ftp://example.com'],
    ['baseUrl', 'things'],
    ['authPath', 'https://'],
    ['origins', ['example.com']],
    ['maxWaitSeconds', -1],
    ['timeoutMs', '1s'],
    ['tokens', 'memory'],
    ['fetch', {}],
    ['baseURL', ORIGIN],
    ['constructor', {}],
  ])('refuses a wrong option, and names it: %s', (option, value) => {
    expect(() => createClient({ baseUrl: ORIGIN, [option]: value })).toThrowError(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining(option) as string }),
    )
  })

  it('needs baseUrl where no page is open', () => {
    expect(() => createClient()).toThrowError(expect.objectContaining({ code: 'configuration_invalid' }))
  })
})
