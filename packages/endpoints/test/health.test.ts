import { createDualAuth, legacyJwt, type DualAuth } from '@dualauth/core'
import { expect, it } from 'vitest'
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

it('refuses other methods, and wrong options by name', async () => {
  const { auth } = appWith()
  const answer = await healthEndpoint({ auth })(get('POST'))
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect(() => healthEndpoint({ auth: {} as DualAuth })).toThrow(/healthEndpoint\.auth/)
  expect(() => healthEndpoint({ auth, maxAgeMs: -1 })).toThrow(/healthEndpoint\.maxAgeMs/)
})
