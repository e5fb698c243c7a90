import { createDualAuth, legacyJwt, oidc, type DualAuth } from '@dualauth/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { healthEndpoint } from '../src/index.js'

const SECRET = 'a-secret-that-is-long-enough-for-hs256-0123456789'

/** An instance whose accounts stand in a database that a test takes away. */
function appWith(): { readonly auth: DualAuth; readonly asked: () => number; down: boolean } {
  let asked = 0
  const state = {
    down: false,
    asked: () => asked,
    auth: createDualAuth({
      verifiers: [
        legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens' }),
      ],
      link: Object.assign(() => null, {
        async ready() {
          asked++
          await Promise.resolve()
          if (state.down) throw new Error('the database at db.internal is down')
        },
      }),
    }) as unknown as DualAuth,
  }
  return state
}

const get = (method = 'GET') => new Request('https://api.example.com/health/ready', { method })

it('says that the instance is ready, for GET and HEAD', async () => {
  const endpoint = healthEndpoint({ auth: appWith().auth })
  const answer = await endpoint(get())
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'ready' }])
  expect(answer.headers.get('cache-control')).toBe('private, no-store')
  const head = await endpoint(get('HEAD'))
  expect([head.status, await head.text()]).toEqual([200, ''])
})

it('is 503 with Retry-After while a database is away, names it to the operator only, and recovers', async () => {
  const app = appWith()
  const told: string[] = []
  const endpoint = healthEndpoint({ auth: app.auth, maxAgeMs: 0, onUnready: ({ message }) => told.push(message) })
  app.down = true
  const answer = await endpoint(get())
  const body = await answer.text()
  expect([answer.status, JSON.parse(body)]).toMatchObject([503, { code: 'verifier_unavailable' }])
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(body).not.toContain('db.internal')
  expect(told).toEqual([expect.stringContaining('link')])
  app.down = false
  expect((await endpoint(get())).status).toBe(200)
})

it('asks once for many callers', async () => {
  const app = appWith()
  const endpoint = healthEndpoint({ auth: app.auth })
  const answers = await Promise.all(Array.from({ length: 50 }, () => endpoint(get())))
  await endpoint(get())
  expect([answers.every(({ status }) => status === 200), app.asked()]).toEqual([true, 1])
})

it('stays in rotation while a part that the others can do without does not answer at all', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const auth = createDualAuth({
    verifiers: [legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens' })],
    revocations: { publish() {}, subscribe: () => new Promise<never>(() => {}) },
  }) as unknown as DualAuth
  const endpoint = healthEndpoint({ auth, details: ({ method }) => method === 'GET' })
  const answered = Promise.all([endpoint(get()), endpoint(get('HEAD'))])
  await vi.advanceTimersByTimeAsync(2_000)
  const [seen, probed] = await answered
  expect(probed.status).toBe(200)
  expect(await seen.json()).toMatchObject({
    status: 'degraded',
    checks: expect.arrayContaining([
      expect.objectContaining({ name: 'revocations', ready: false, problem: 'no answer within 2000 ms' }),
    ]) as unknown,
  })
})

it('answers the same where a log throws', async () => {
  const app = appWith()
  app.down = true
  const onUnready = (): never => {
    throw new Error('the log is full')
  }
  expect((await healthEndpoint({ auth: app.auth, onUnready })(get())).status).toBe(503)
})

it('refuses other methods, and wrong options by name', async () => {
  const { auth } = appWith()
  const answer = await healthEndpoint({ auth })(get('POST'))
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect(() => healthEndpoint({ auth: {} as DualAuth })).toThrow(/healthEndpoint\.auth/)
  expect(() => healthEndpoint({ auth, maxAgeMs: -1 })).toThrow(/healthEndpoint\.maxAgeMs/)
})

it('shows an operator what could not be asked, how old keys are and which policy counts, and nobody else', async () => {
  const app = appWith()
  const details = (request: Request) => request.headers.get('authorization') === 'Bearer operator'
  const endpoint = healthEndpoint({ auth: app.auth, maxAgeMs: 0, details })
  const asOperator = () => endpoint(new Request(get().url, { headers: { authorization: 'Bearer operator' } }))
  expect(await (await asOperator()).json()).toMatchObject({ status: 'ready', keySets: [], policies: [] })
  app.down = true
  const answer = await asOperator()
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    {
      status: 'unavailable',
      checks: expect.arrayContaining([
        {
          name: 'link',
          ready: false,
          problem: 'the database at db.internal is down',
          durationMs: expect.any(Number) as number,
        },
        { name: 'legacy', ready: true, problem: null, durationMs: expect.any(Number) as number },
      ]) as unknown,
    },
  ])
  expect(await (await endpoint(get())).json()).not.toHaveProperty('checks')
})

it('is degraded and serves on while one of several verifiers cannot be asked, and is alive whatever is down', async () => {
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens' }),
      oidc({ name: 'oidc', issuer: 'http://127.0.0.1:9', audience: 'api' }),
    ],
    link: () => null,
  }) as unknown as DualAuth
  const told: string[] = []
  const endpoint = healthEndpoint({ auth, onUnready: ({ message }) => told.push(message) })
  const answer = await endpoint(get())
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'degraded' }])
  expect(told).toEqual([expect.stringMatching(/^oidc: /)])
  const live = await endpoint(new Request('https://api.example.com/auth/health/live'))
  expect([live.status, await live.json()]).toEqual([200, { status: 'alive' }])
  await auth.close()
})
