import { channel } from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import { apiKeys, createApiKey, createDualAuth, type AuthRequest } from '../../src/index.js'
import { legacyAuth } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { mint } from '../support/tokens.js'

/** Own members of everything that a message leads to, apart from the cache itself. */
async function published(work: () => Promise<unknown>): Promise<string> {
  const messages: string[] = []
  const listen = (message: unknown): void => {
    const { cache: _, ...rest } = message as Record<string, unknown>
    messages.push(JSON.stringify(rest))
  }
  const metrics = channel('lru-cache:metrics')
  metrics.subscribe(listen)
  try {
    await work()
  } finally {
    metrics.unsubscribe(listen)
  }
  return messages.join('\n')
}

// SECURITY.md says what a subscriber gets, and this holds it to that.
it('a subscriber to the channel of lru-cache gets whole JWTs, unless nothing is remembered', async () => {
  const token = mint()
  const seen = await published(async () => {
    const auth = legacyAuth()
    for (let i = 0; i < 3; i++) expect(await outcome(auth, bearer(token))).toMatch(/^200/)
  })
  expect(seen).toContain(token)
})

it('a subscriber to the channel of lru-cache gets no API key', async () => {
  const { key, record } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'u1' }, scopes: ['*'] })
  const auth = createDualAuth({
    verifiers: [
      apiKeys({ name: 'api-key', prefix: 'sk_live_', rememberMs: 60_000, keys: { findByHash: async () => record } }),
    ],
    link: ({ subject }) => ({ id: subject }),
  })
  const request: AuthRequest = { method: 'GET', headers: { 'x-api-key': key } }
  const seen = await published(async () => {
    for (let i = 0; i < 3; i++) expect(await auth.authenticate(request)).toMatchObject({ ok: true })
  })
  expect(seen).toContain('u1')
  expect(seen).not.toContain(key)
})
