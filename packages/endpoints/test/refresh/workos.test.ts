import { createDualAuth, workos, type DualAuth } from '@dualauth/core'
import { startFakeWorkos } from '@dualauth/testing'
import { afterEach, expect, it } from 'vitest'
import { refreshEndpoint, workosTokens } from '../../src/index.js'
import { ask } from './world.js'

type World = Awaited<ReturnType<typeof createWorld>>
let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (): Promise<World> => (world = await createWorld())

async function createWorld() {
  const clock = { offset: 0 }
  const begun = Date.now()
  const now = (): number => begun + clock.offset
  const fake = await startFakeWorkos({ now })
  const { clientId, apiKey, origin: apiUrl } = fake
  const auth = createDualAuth({ verifiers: [workos({ name: 'workos', clientId, apiUrl })], now }) as DualAuth
  const asked: string[] = []
  const watched: typeof fetch = (input, init) => {
    asked.push(`${new URL(String(input)).pathname} ${String(init?.body)}`)
    return fetch(input, init)
  }
  const provider = workosTokens({ clientId, apiKey, apiUrl, timeoutMs: 1_000, now, fetch: watched })
  const handle = refreshEndpoint({ auth, bodyTokens: { provider, secrets: ['s'.repeat(32)] }, now })
  return {
    fake,
    clock,
    asked,
    refresh: (token: string) => ask(handle, { body: JSON.stringify({ refresh_token: token }) }),
    async use(accessToken: string) {
      const request = { method: 'GET', headers: { authorization: `Bearer ${accessToken}` } }
      const result = await auth.authenticate(request)
      return result.ok ? result.principal : result.error.code
    },
    async close() {
      await auth.close()
      await fake.close()
    },
  }
}

it('the refresh token of AuthKit is replaced, and the session stays in its organization', async () => {
  const { fake, refresh, use } = await open()
  const session = fake.signIn({ user: 'user_ada', organizationId: 'org_acme' })
  const first = await refresh(session.refreshToken)
  expect(first.json).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
  const second = await refresh(first.refreshToken)
  expect(await use(second.accessToken)).toMatchObject({ id: 'user_ada', organization: 'org_acme' })
  expect(second.refreshToken).not.toContain('refresh_')
})

it('100 requests with one token ask WorkOS once', async () => {
  const { fake, refresh } = await open()
  fake.refresh.latencyMs = 30
  const { refreshToken } = fake.signIn()
  const replies = await Promise.all(Array.from({ length: 100 }, () => refresh(refreshToken)))
  expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
  expect([replies[0]?.outcome, fake.refresh.calls]).toEqual(['200', 1])
})

it('reuse ends the session here and at WorkOS', async () => {
  const { fake, refresh, use, clock, asked } = await open()
  const session = fake.signIn({ user: 'user_ada' })
  const first = await refresh(session.refreshToken)
  const second = await refresh(first.refreshToken)
  clock.offset = 31_000
  expect((await refresh(first.refreshToken)).outcome).toBe('401 credential_revoked')
  expect((await refresh(second.refreshToken)).outcome).toBe('401 credential_revoked')
  expect(await use(second.accessToken)).toBe('credential_revoked')
  expect(asked.at(-1)).toBe(`/user_management/sessions/revoke ${JSON.stringify({ session_id: session.sessionId })}`)
})

it.each<[string, (fake: World['fake']) => void, string]>([
  ['that is over', ({ refresh }) => (refresh.mode = 'invalid_grant'), '401 credential_revoked'],
  ['that needs single sign-on', ({ refresh }) => (refresh.mode = 'sso_required'), '401 credential_revoked'],
  ['while WorkOS fails', ({ refresh }) => (refresh.mode = { status: 500, body: 'oops' }), '503 verifier_unavailable'],
  ['while WorkOS limits', ({ refresh }) => (refresh.mode = { status: 429, body: '{}' }), '429 rate_limited'],
  ['while WorkOS hangs', ({ refresh }) => (refresh.mode = 'hang'), '503 verifier_unavailable'],
  [
    'with a wrong key of ours',
    ({ refresh }) => (refresh.mode = { status: 401, body: '{"error":"invalid_client"}' }),
    '503 verifier_unavailable',
  ],
])('a refresh %s is answered, and only the first kind ends anything', async (_name, break_, expected) => {
  const { fake, refresh, clock } = await open()
  const { refreshToken } = await refresh(fake.signIn().refreshToken)
  break_(fake)
  expect((await refresh(refreshToken)).outcome).toBe(expected)
  fake.refresh.mode = 'ok'
  clock.offset = 60_000
  expect((await refresh(refreshToken)).outcome).toBe(expected.startsWith('401') ? expected : '200')
})
