import { describe, expect, it } from 'vitest'
import { createClient } from '../src/index.js'
import { createApi, json, ORIGIN, problem } from './support/api.js'

/** What is set twice, by an app and by a proxy, is read as a list. */
const MALFORMED = ['soon', 'NaN', '5 s', '1,5', '120, 120', '1e99', '-5', 'Infinity', '0x10', '', '9'.repeat(400)]

describe('an answer whose Retry-After is malformed', () => {
  it.each(MALFORMED)('is handed on at once, with any options: %s', async (value) => {
    const api = createApi()
    for (const [status, code] of [[503, 'verifier_unavailable'] as const, [429, 'rate_limited'] as const])
      for (const options of [{}, { maxWaitSeconds: 60 }]) {
        api.requests.length = 0
        // Were it asked again, the call would end as well.
        api.answers.set('/things', () => {
          return api.requests.length > 1 ? json([]) : problem(status, code, { 'retry-after': value })
        })
        const response = await createClient({ baseUrl: ORIGIN, fetch: api.fetch, ...options }).fetch('/things')
        expect([response.status, api.requests.length]).toEqual([status, 1])
      }
  })

  it('gives an error of the client no time', async () => {
    const api = createApi()
    api.answers.set('/auth/me', () => problem(503, 'account_unavailable', { 'retry-after': '120, 120' }))
    const asked = createClient({ baseUrl: ORIGIN, fetch: api.fetch }).me()
    await expect(asked).rejects.toMatchObject({ status: 503, retryAfterSeconds: null })
  })
})
