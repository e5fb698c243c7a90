import type { FakeWorkos } from '@dualauth/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  hashApiKey,
  memoryApiKeys,
  remote,
  serveRemote,
  workosApiKeys,
  type DualAuth,
  type Stage,
  type Verifier,
} from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { atStage } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { apiKey, bearer } from '../support/requests.js'
import { MANAGEMENT_KEY, startWorkos } from '../support/workos-sessions.js'

const PREFIX = 'sk_'
const RETIRED = '401 legacy_retired'
const clock = createClock()
let server: FakeWorkos
beforeEach(async () => {
  server = await startWorkos(clock)
})
afterEach(() => server.close())

/** The team's own store; `look.ups` counts, and `look.fails` is an outage. */
async function ownKeys(name: string) {
  const store = memoryApiKeys()
  const { key, record } = await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: name }, scopes: ['*'] })
  store.add(record)
  const look = { ups: 0, fails: false }
  const keys = {
    findByHash(hash: string) {
      look.ups++
      if (look.fails) throw new Error('the database is down')
      return store.findByHash(hash)
    },
  }
  return { key, store, look, verifier: apiKeys({ name, prefix: PREFIX, keys }) }
}

const workosKeys = () => workosApiKeys({ name: 'workos', apiKey: MANAGEMENT_KEY, apiUrl: server.origin })

function moving(stage: Stage, from: Verifier, to: Verifier): DualAuth {
  return createDualAuth({
    verifiers: [from, to],
    precedence: [from.name, to.name],
    link: ({ subject }) => ({ id: subject }),
    migration: { from: [from.name], to: to.name, policy: atStage(stage) },
    now: clock.now,
  }) as unknown as DualAuth
}

describe('from the team’s own keys to those of WorkOS', () => {
  it('at retired, the own store is not asked, and its outage refuses no key of WorkOS', async () => {
    const own = await ownKeys('own')
    const { value } = server.apiKeys.issue({ owner: 'org_1' })
    const auth = moving('retired', own.verifier, workosKeys())
    own.look.fails = true
    await auth.ready()
    for (const carried of [apiKey, bearer]) {
      expect(await outcome(auth, carried(value))).toBe('200 org_1 by workos')
      expect(await outcome(auth, carried(own.key))).toBe(RETIRED)
    }
    expect(await auth.diagnose(own.key)).toMatchObject({ code: 'legacy_retired', verifier: 'own' })
    expect(await auth.diagnose(value)).toMatchObject({ accepted: true, verifier: 'workos' })
    expect(own.look.ups).toBe(0)
  })

  it('at new-only, an outage of the own store refuses no key of WorkOS, and one of WorkOS hides no key of its', async () => {
    const own = await ownKeys('own')
    const { value } = server.apiKeys.issue({ owner: 'org_1' })
    const auth = moving('new-only', own.verifier, workosKeys())
    own.look.fails = true
    expect(await outcome(auth, apiKey(value))).toBe('200 org_1 by workos')
    expect(await outcome(auth, apiKey(own.key))).toBe('503 verifier_unavailable')
    own.look.fails = false
    server.apiKeys.mode = 'reset'
    expect(await outcome(auth, apiKey(own.key))).toBe(RETIRED)
  })

  it('never sends a key that is known here to WorkOS, for as long as the store is asked', async () => {
    const own = await ownKeys('own')
    for (const stage of ['off', 'dual', 'new-only'] as const)
      await outcome(moving(stage, own.verifier, workosKeys()), apiKey(own.key))
    expect(server.apiKeys.calls).toBe(0)
  })

  it('at off, WorkOS is not asked', async () => {
    const own = await ownKeys('own')
    const { value } = server.apiKeys.issue({ owner: 'org_1' })
    const auth = moving('off', own.verifier, workosKeys())
    expect(await outcome(auth, apiKey(value))).toBe('401 credential_not_accepted')
    expect(await outcome(auth, apiKey(own.key))).toBe('200 own by own')
    expect(server.apiKeys.calls).toBe(0)
  })
})

describe('from one kind of keys to the team’s own', () => {
  it('a key of WorkOS that is as long as one of ours is retired, not junk', async () => {
    const own = await ownKeys('own')
    const look = `${PREFIX}${'x'.repeat(own.key.length - PREFIX.length)}`
    const auth = moving('retired', workosKeys(), own.verifier)
    expect(await outcome(auth, apiKey(own.key))).toBe('200 own by own')
    expect(await outcome(auth, apiKey(look))).toBe(RETIRED)
    expect([server.apiKeys.calls, own.look.ups]).toEqual([0, 1])
  })

  it('an imported key of the old store is retired, also where a service judges the new ones', async () => {
    const [old, fresh] = [await ownKeys('old'), await ownKeys('fresh')]
    const imported = `${PREFIX}${'y'.repeat(fresh.key.length - PREFIX.length)}`
    const { record } = await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: 'old' }, scopes: ['*'] })
    old.store.add({ ...record, hash: await hashApiKey(imported) })
    const service = createDualAuth({ verifiers: [fresh.verifier], now: clock.now })
    const judged = remote({
      name: 'service',
      credentials: [{ header: 'x-api-key', prefix: PREFIX }],
      validate: serveRemote(service as unknown as DualAuth),
    })
    const auth = moving('retired', old.verifier, judged)
    expect(await outcome(auth, apiKey(fresh.key))).toBe('200 fresh by service')
    for (const key of [old.key, imported]) expect(await outcome(auth, apiKey(key))).toBe(RETIRED)
    expect(old.look.ups).toBe(0)
  })

  it('a key that the new side knows as revoked is called so', async () => {
    const [old, fresh] = [await ownKeys('old'), await ownKeys('fresh')]
    const { key, record } = await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: 'u' }, scopes: ['*'] })
    fresh.store.add({ ...record, revokedAt: 1 })
    expect(await outcome(moving('retired', old.verifier, fresh.verifier), apiKey(key))).toBe('401 credential_revoked')
  })
})
