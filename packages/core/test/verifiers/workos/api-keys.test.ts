import type { FakeWorkos } from '@dualauth/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  memoryApiKeys,
  workosApiKeys,
  type AuthEvent,
  type DualAuth,
  type WorkosApiKeysOptions,
} from '../../../src/index.js'
import { createClock, START, type Clock } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { apiKey, bearer } from '../../support/requests.js'
import { UNREADABLE_TEXTS } from '../../support/unreadable.js'
import { MANAGEMENT_KEY, startWorkos } from '../../support/workos-sessions.js'

const OF_ORGANIZATION = {
  object: 'api_key',
  id: 'api_key_01',
  owner: { type: 'organization', id: 'org_1' },
  name: 'export',
  obfuscated_value: 'sk_...3456',
  expires_at: null,
  permissions: ['things:read', 'things:*'],
}
const OF_USER = { ...OF_ORGANIZATION, owner: { type: 'user', id: 'user_1', organization_id: 'org_2' } }
const OK = '200 org_1 by workos-keys'

let server: FakeWorkos
/** Of an organization, and of a user in another. */
let KEY: string
let OLD_KEY: string
let keyId: string
let clock: Clock
let events: AuthEvent[]
let opened: DualAuth[]
beforeEach(async () => {
  clock = createClock()
  server = await startWorkos(clock)
  const permissions = ['things:read', 'things:*']
  ;({ value: KEY, id: keyId } = server.apiKeys.issue({ owner: 'org_1', permissions }))
  const owner = { userId: 'user_1', organizationId: 'org_2' }
  OLD_KEY = server.apiKeys.issue({ owner, permissions, prefix: 'wos_api_key_' }).value
  events = []
  opened = []
})
afterEach(async () => {
  for (const auth of opened) await auth.close()
  await server.close()
})

const verifier = (options: Partial<WorkosApiKeysOptions> = {}) =>
  workosApiKeys({ name: 'workos-keys', apiKey: MANAGEMENT_KEY, apiUrl: server.origin, ...options })

/** What WorkOS says of whatever key it is asked about. */
function answering(found: object | null): FakeWorkos['apiKeys']['mode'] {
  return { status: 200, body: { api_key: found } }
}

function authWith(options: Partial<WorkosApiKeysOptions> = {}): DualAuth {
  const onEvent = (event: AuthEvent) => void events.push(event)
  const auth = createDualAuth({ verifiers: [verifier(options)], now: clock.now, onEvent })
  opened.push(auth)
  return auth
}

async function principalOf(key: string) {
  const result = await authWith().authenticate(apiKey(key))
  if (!result.ok) throw result.error
  return result.principal
}

describe('a WorkOS API key', () => {
  it('is validated by WorkOS, in either header and with either prefix', async () => {
    const auth = authWith()
    expect(await outcome(auth, apiKey(KEY))).toBe(OK)
    expect(await outcome(auth, bearer(OLD_KEY))).toBe('200 user_1 by workos-keys')
  })

  it('of an organization is a service that acts for it, within the key’s permissions', async () => {
    const auth = authWith()
    const result = await auth.authenticate(apiKey(KEY))
    if (!result.ok) throw result.error
    expect(result.principal).toMatchObject({
      kind: 'service',
      issuer: server.origin,
      organization: 'org_1',
      // A pattern of the provider's would grant nothing, and is left out.
      permissions: ['things:read'],
      scopes: ['things:read'],
      claims: { keyId, name: 'A key', owner: { type: 'organization', id: 'org_1' } },
    })
    expect(JSON.stringify(result.principal)).not.toContain(KEY.slice(-4))
    expect(await auth.authorize(result.principal, 'things:read')).toEqual({ ok: true })
    expect(await auth.authorize(result.principal, 'things:write')).toMatchObject({ ok: false })
  })

  it('of a user is this user in the organization of the key', async () => {
    expect(await principalOf(OLD_KEY)).toMatchObject({ kind: 'user', subject: 'user_1', organization: 'org_2' })
  })

  it('of a user without an organization acts for none', async () => {
    for (const organization of [{}, { organization_id: null }]) {
      server.apiKeys.mode = answering({ ...OF_USER, owner: { type: 'user', id: 'user_1', ...organization } })
      expect(await principalOf(KEY)).toMatchObject({ subject: 'user_1', organization: null })
    }
  })

  it('that is unknown, expired or withdrawn is refused', async () => {
    expect(await outcome(authWith(), apiKey('sk_unknown_0123456789'))).toBe('401 credential_invalid')
    server.apiKeys.mode = answering({ ...OF_USER, expires_at: new Date(START).toISOString() })
    expect(await outcome(authWith(), apiKey(KEY))).toBe('401 credential_expired')
  })

  it('of no plausible length is nobody’s', async () => {
    for (const key of ['sk_short', `sk_${'x'.repeat(600)}`])
      expect(await outcome(authWith(), apiKey(key))).toBe('401 credential_unsupported')
    expect(server.apiKeys.calls).toBe(0)
  })

  it('is never the management key itself, which is not sent anywhere', async () => {
    expect(await outcome(authWith(), apiKey(MANAGEMENT_KEY))).toBe('401 credential_invalid')
    expect(server.apiKeys.calls).toBe(0)
    expect(events).toContainEqual(expect.objectContaining({ type: 'refused', reason: 'management_key' }))
  })
})

describe('what is remembered', () => {
  it('is a valid key, for a while', async () => {
    const auth = authWith({ cacheMs: 10_000 })
    await Promise.all([1, 2, 3].map(() => auth.authenticate(apiKey(KEY))))
    clock.advance(9_999)
    expect(await outcome(auth, apiKey(KEY))).toBe(OK)
    expect(server.apiKeys.calls).toBe(1)
    server.apiKeys.revoke(keyId)
    clock.advance(1)
    expect(await outcome(auth, apiKey(KEY))).toBe('401 credential_invalid')
  })

  it('ends with the key', async () => {
    server.apiKeys.mode = answering({ ...OF_ORGANIZATION, expires_at: new Date(START + 5_000).toISOString() })
    const auth = authWith()
    expect(await outcome(auth, apiKey(KEY))).toBe(OK)
    clock.advance(5_000)
    expect(await outcome(auth, apiKey(KEY))).toBe('401 credential_expired')
  })

  it('is no refusal, and nothing for who asks for a fresh answer', async () => {
    const auth = authWith()
    server.apiKeys.mode = answering(null)
    expect(await outcome(auth, apiKey(KEY))).toBe('401 credential_invalid')
    server.apiKeys.mode = 'ok'
    expect(await outcome(auth, apiKey(KEY))).toBe(OK)
    server.apiKeys.revoke(keyId)
    expect(await auth.authenticate(apiKey(KEY), { fresh: true })).toMatchObject({
      error: { code: 'credential_invalid' },
    })
  })
})

describe('WorkOS giving no answer', () => {
  it.each<[string, FakeWorkos['apiKeys']['mode'], number]>([
    ['500', { status: 500 }, 5],
    ['429', { status: 429, headers: { 'retry-after': '9' } }, 9],
    ['our key is wrong', { status: 401 }, 5],
    ['our key may not do this', { status: 403, body: { message: 'Forbidden' } }, 5],
    ['redirect', { status: 302 }, 5],
    ['hang', 'hang', 5],
    ['reset', 'reset', 5],
    ['no answer in the answer', { status: 200, body: {} }, 5],
    ['a key without an owner', { status: 200, body: { api_key: { id: 'api_key_01' } } }, 5],
    ...UNREADABLE_TEXTS.map(([id]): [string, FakeWorkos['apiKeys']['mode'], number] => [
      `an organization of ${JSON.stringify(id)}`,
      answering({ ...OF_USER, owner: { ...OF_USER.owner, organization_id: id } }),
      5,
    ]),
    ['an end that is no date', { status: 200, body: { api_key: { ...OF_USER, expires_at: 'soon' } } }, 5],
  ])('is no refusal: %s', async (_what, trouble, retryAfterSeconds) => {
    server.apiKeys.mode = trouble
    const result = await authWith({ timeoutMs: 1_000 }).authenticate(apiKey(KEY))
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable', retryAfterSeconds } })
    expect(events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'workos-keys' }))
    expect(JSON.stringify(events)).not.toContain(KEY)
  })
})

describe('keys of our own that look alike', () => {
  async function chain() {
    const store = memoryApiKeys()
    const auth = createDualAuth({
      verifiers: [apiKeys({ name: 'ours', prefix: 'sk_live_', keys: store }), verifier()],
      precedence: ['ours', 'workos-keys'],
      link: ({ subject }) => ({ id: subject }),
      now: clock.now,
    })
    opened.push(auth)
    const created = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: '42' }, scopes: ['*'] })
    store.add(created.record)
    return { auth, store, ...created }
  }

  it('are judged here, and never leave the house, even when revoked', async () => {
    const { auth, store, key, record } = await chain()
    expect(await outcome(auth, apiKey(key))).toBe('200 42 by ours')
    store.revoke(record.id, START)
    expect(await outcome(auth, apiKey(key))).toBe('401 credential_revoked')
    expect(server.apiKeys.calls).toBe(0)
  })

  it('do not keep WorkOS’s keys out', async () => {
    const { auth } = await chain()
    expect(await outcome(auth, apiKey(KEY))).toBe(OK)
    const { value } = server.apiKeys.issue({ owner: 'org_1', prefix: 'sk_live_' })
    expect(await outcome(auth, apiKey(value))).toBe(OK)
  })

  it('need a declared precedence', () => {
    const construct = () =>
      createDualAuth({
        verifiers: [apiKeys({ name: 'ours', prefix: 'sk_live_', keys: memoryApiKeys() }), verifier()],
        link: ({ subject }) => ({ id: subject }),
      })
    expect(wrongOption(construct)).toBe('createDualAuth.verifiers')
  })
})

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['apiKey', { apiKey: 'client_01' }],
    ['apiUrl', { apiUrl: 'http://api.workos.com' }],
    ['prefixes', { prefixes: [] }],
    ['prefixes[0]', { prefixes: [''] }],
    ['cacheMs', { cacheMs: 9_999 }],
    ['cacheMs', { cacheMs: 60_001 }],
    ['timeoutMs', { timeoutMs: 6_000 }],
    ['header', { header: 'cookie' }],
    ['header', { header: false, bearer: false }],
  ])('is named: %s', (path, options) => {
    expect(wrongOption(() => verifier(options))).toBe(`workosApiKeys(workos-keys).${path}`)
  })
})
