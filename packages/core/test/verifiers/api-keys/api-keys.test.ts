import { createHmac, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  hashApiKey,
  memoryApiKeys,
  type ApiKeyRecord,
  type ApiKeysOptions,
  type AuthRequest,
  type CreatedApiKey,
} from '../../../src/index.js'
import { createClock, START, type Clock } from '../../support/clock.js'
import { wrongOption } from '../../support/outcome.js'
import { apiKey, bearer, request } from '../../support/requests.js'

const PREFIX = 'sk_live_'

/** A key whose record has these changes, and the record. */
async function minted(changes: Partial<ApiKeyRecord> = {}): Promise<CreatedApiKey> {
  const { key, record } = await createApiKey({
    prefix: PREFIX,
    owner: { kind: 'user', id: 'ada' },
    scopes: ['things:read'],
  })
  return { key, record: { ...record, createdAt: START, ...changes } }
}

interface World {
  readonly clock: Clock
  readonly asked: string[]
  /** Status, and the id of the caller or code and reason of the refusal. */
  ask(sent: AuthRequest): Promise<string>
  principalOf(sent: AuthRequest): Promise<Record<string, unknown>>
}

function world(record: unknown, options: Partial<ApiKeysOptions> = {}): World {
  const clock = createClock()
  const asked: string[] = []
  const keys = {
    findByHash: (hash: string) => {
      asked.push(hash)
      return record as ApiKeyRecord | null
    },
  }
  const verifier = apiKeys({ name: 'key', prefix: PREFIX, keys, ...options })
  const auth = createDualAuth({ verifiers: [verifier], link: ({ subject }) => ({ id: subject }), now: clock.now })
  return {
    clock,
    asked,
    async ask(sent) {
      const result = await auth.authenticate(sent)
      return result.ok ? `200 ${result.principal.id}` : `${result.error.status} ${result.error.code} ${result.reason}`
    },
    async principalOf(sent) {
      const result = await auth.authenticate(sent)
      if (!result.ok) throw result.error
      return { ...result.principal }
    },
  }
}

describe('a key that is stored', () => {
  it('is looked up by its hash and acts for its owner', async () => {
    const { key, record } = await minted({ name: 'deploy' })
    const { asked, principalOf } = world(record)
    expect(await principalOf(apiKey(key))).toMatchObject({
      id: 'ada',
      kind: 'user',
      verifier: 'key',
      scopes: ['things:read'],
      keyId: record.id,
      claims: { keyId: record.id, name: 'deploy', scopes: ['things:read'], owner: { kind: 'user', id: 'ada' } },
    })
    expect(asked).toEqual([await hashApiKey(key)])
    expect(asked.join()).not.toContain(key)
  })

  it('may be the key of a service, and have no name', async () => {
    const { key, record } = await minted({ owner: { kind: 'service', id: 'ci' } })
    expect(await world(record).principalOf(apiKey(key))).toMatchObject({
      id: 'ci',
      kind: 'service',
      claims: { name: null },
    })
  })

  it('may be the key of an organization, for which it acts as a service', async () => {
    const owner = { kind: 'organization', id: 'acme' } as const
    const { key, record } = await minted({ owner })
    expect(await world(record).principalOf(apiKey(key))).toMatchObject({
      id: 'acme',
      kind: 'service',
      organization: 'acme',
      claims: { owner },
    })
  })

  it('does not change its scopes after it was judged', async () => {
    const { key, record } = await minted()
    const scopes = ['things:read']
    const { principalOf } = world({ ...record, scopes })
    const principal = await principalOf(apiKey(key))
    scopes.push('*')
    expect(principal['scopes']).toEqual(['things:read'])
    expect(Object.isFrozen(principal['scopes'])).toBe(true)
  })
})

describe('a key that was revoked or has expired', () => {
  it.each([0, 1, START, START + 1e9])('is refused where revokedAt is %d, whatever the time is', async (revokedAt) => {
    const { key, record } = await minted({ revokedAt })
    expect(await world(record).ask(apiKey(key))).toBe('401 credential_revoked revoked')
  })

  it('is good until the millisecond of its end', async () => {
    const { key, record } = await minted({ expiresAt: START + 1_000 })
    const { ask, clock } = world(record)
    clock.set(START + 999)
    expect(await ask(apiKey(key))).toBe('200 ada')
    clock.set(START + 1_000)
    expect(await ask(apiKey(key))).toBe('401 credential_expired expired')
  })

  it('has ended when the clock of its store says so, whatever ours says', async () => {
    const { key, record } = await minted({ expiresAt: START + 1_000, remainingMs: 0 })
    expect(await world(record).ask(apiKey(key))).toBe('401 credential_expired expired')
    const ahead = await minted({ expiresAt: START - 60_000, remainingMs: 1 })
    expect(await world(ahead.record).ask(apiKey(ahead.key))).toBe('200 ada')
    const never = await minted({ expiresAt: START - 1, remainingMs: null })
    expect(await world(never.record).ask(apiKey(never.key))).toBe('200 ada')
  })

  it('is remembered no longer than the clock of its store lets it last', async () => {
    const { key, record } = await minted({ expiresAt: START + 60_000, remainingMs: 500 })
    const { ask, asked, clock } = world(record, { rememberMs: 10_000 })
    for (const at of [0, 499, 500]) {
      clock.set(START + at)
      expect(await ask(apiKey(key))).toBe('200 ada')
    }
    expect(asked).toHaveLength(2)
  })

  it('ends at once in this process by its id, also where it is remembered', async () => {
    const [ended, other] = [await minted(), await minted()]
    const keys = memoryApiKeys([ended.record, other.record])
    const auth = createDualAuth({ verifiers: [apiKeys({ name: 'key', prefix: PREFIX, keys, rememberMs: 60_000 })] })
    const ask = async (key: string) => {
      const result = await auth.authenticate(apiKey(key))
      return result.ok ? 'ok' : result.error.code
    }
    expect([await ask(ended.key), await ask(other.key)]).toEqual(['ok', 'ok'])
    await auth.revoke({ apiKey: ended.record.id })
    expect([await ask(ended.key), await ask(other.key)]).toEqual(['credential_revoked', 'ok'])
  })

  it('is revoked first and expired second', async () => {
    const { key, record } = await minted({ expiresAt: 1, revokedAt: 2 })
    expect(await world(record).ask(apiKey(key))).toBe('401 credential_revoked revoked')
  })
})

describe('a key that is not stored', () => {
  it.each([null, undefined])('is refused where the store answers %s', async (answer) => {
    const { key } = await minted()
    const { ask, asked } = world(answer)
    expect(await ask(apiKey(key))).toMatch(/^401 credential_/)
    expect(asked).toHaveLength(1)
  })

  it('is refused without a look-up where it is junk', async () => {
    const { key, record } = await minted()
    const { ask, asked } = world(record)
    const last = key.endsWith('0') ? '1' : '0'
    expect(await ask(apiKey(key.slice(0, -1) + last))).toBe('401 credential_invalid checksum')
    for (const junk of [`${PREFIX}short`, `${key}0`, key.slice(0, -1), key.replace('sk_live_', 'sk_test_')])
      expect(await ask(apiKey(junk))).toMatch(/^401 credential_/)
    expect(asked).toEqual([])
  })
})

describe('a store that hashes keys in its own way', () => {
  it('is asked for what it made of the whole key', async () => {
    const { key, record } = await minted()
    const asked: string[] = []
    const keys = {
      hash: (whole: string) => Promise.resolve(`hashed ${whole.length}`),
      findByHash: (hash: string) => (asked.push(hash), record),
    }
    const auth = createDualAuth({ verifiers: [apiKeys({ name: 'key', prefix: PREFIX, keys })] })
    expect((await auth.authenticate(apiKey(key))).ok).toBe(true)
    expect(asked).toEqual([`hashed ${key.length}`])
  })

  it('tells neither the key nor what it made of it where it fails and quotes them', async () => {
    const { key } = await minted()
    const hash = createHmac('sha256', randomBytes(32)).update(key).digest('hex')
    const fail = (value: string) =>
      Promise.reject(Object.assign(new Error(`no row for ${value}`), { code: 'EFAIL', parameters: [value] }))
    for (const keys of [
      { hash: () => hash, findByHash: fail },
      { hash: fail, findByHash: () => null },
    ]) {
      const auth = createDualAuth({ verifiers: [apiKeys({ name: 'key', prefix: PREFIX, keys })] })
      const result = await auth.authenticate(apiKey(key))
      if (result.ok) throw new Error('was accepted')
      expect(result.error.code).toBe('verifier_unavailable')
      const told = inspect(result.error, { depth: 10, showHidden: true })
      for (const secret of [key, hash]) expect(told).not.toContain(secret)
      expect(told).toContain('EFAIL')
    }
  })
})

describe('a store that says when it is ready', () => {
  it('is part of auth.ready()', async () => {
    const { record } = await minted()
    const store = (ready: () => Promise<void>) =>
      createDualAuth({
        verifiers: [apiKeys({ name: 'key', prefix: PREFIX, keys: { findByHash: () => record, ready } })],
      })
    await expect(store(async () => {}).ready()).resolves.toBeUndefined()
    await expect(store(() => Promise.reject(new Error('no such table'))).ready()).rejects.toMatchObject({
      code: 'verifier_unavailable',
      message: 'key: apiKeys(key).keys: no such table',
    })
  })
})

describe('a store that cannot tell', () => {
  it('is 503, whether it throws or rejects', async () => {
    const { key } = await minted()
    const fail = () => {
      throw new Error('the database is down')
    }
    for (const findByHash of [fail, async () => fail()])
      expect(await world(null, { keys: { findByHash } }).ask(apiKey(key))).toMatch(/^503 verifier_unavailable/)
  })

  it.each<[string, object]>([
    ['id', { id: 7 }],
    ['owner', { owner: 'ada' }],
    ['owner', { owner: null }],
    ['owner', { owner: { kind: 'user', id: 7 } }],
    ['owner', { owner: { kind: 'admin', id: 'ada' } }],
    ['scopes', { scopes: '["things:read"]' }],
    ['scopes', { scopes: undefined }],
    ['scopes', { scopes: ['things:read', 7] }],
    ['organization', { organization: 7 }],
    ['organization', { organization: '' }],
    ['createdAt', { createdAt: '2026-01-01' }],
    ['createdAt', { createdAt: Number.NaN }],
    ['expiresAt', { expiresAt: '2026-01-01' }],
    ['expiresAt', { expiresAt: new Date() }],
    ['revokedAt', { revokedAt: undefined }],
    ['revokedAt', { revokedAt: '2026-01-01' }],
    ['revokedAt', { revokedAt: Number.POSITIVE_INFINITY }],
  ])('is 503 where the record has a wrong %s: %j', async (_field, changes) => {
    const { key, record } = await minted()
    expect(await world({ ...record, ...changes }).ask(apiKey(key))).toMatch(/^503 verifier_unavailable/)
  })

  it('takes a record without what is optional', async () => {
    const { key, record } = await minted()
    const { id, hash, owner, scopes, revokedAt } = record
    expect(await world({ id, hash, owner, scopes, revokedAt }).ask(apiKey(key))).toBe('200 ada')
    const absent = { organization: null, name: null, createdAt: null, expiresAt: null }
    expect(await world({ ...record, ...absent }).ask(apiKey(key))).toBe('200 ada')
  })
})

describe('carriers', () => {
  it('are x-api-key and the bearer where nothing is said', async () => {
    const { key, record } = await minted()
    const { ask } = world(record)
    expect(await ask(apiKey(key))).toBe('200 ada')
    expect(await ask(bearer(key))).toBe('200 ada')
    expect(await ask(request({ 'x-key': key }))).toMatch(/^401 credential_missing/)
  })

  it('are a header of another name, whatever its case, or the bearer alone, or the header alone', async () => {
    const { key, record } = await minted()
    const named = world(record, { header: 'X-Key' })
    expect(await named.ask(request({ 'x-key': key }))).toBe('200 ada')
    expect(await named.ask(apiKey(key))).toMatch(/^401 credential_missing/)
    const bearerOnly = world(record, { header: false })
    expect(await bearerOnly.ask(bearer(key))).toBe('200 ada')
    expect(await bearerOnly.ask(apiKey(key))).toMatch(/^401 credential_missing/)
    const headerOnly = world(record, { bearer: false })
    expect(await headerOnly.ask(apiKey(key))).toBe('200 ada')
    expect(await headerOnly.ask(bearer(key))).toMatch(/^401 credential_/)
  })
})

describe('imported keys', () => {
  const imported = [{ prefix: 'old-', minLength: 24, maxLength: 30 }]

  it.each([
    [24, true],
    [30, true],
    [23, false],
    [31, false],
  ])('of %d characters are looked up: %s', async (length, isKnown) => {
    const { record } = await minted()
    const { ask, asked } = world(record, { imported })
    const answer = await ask(apiKey('old-'.padEnd(length, 'x')))
    expect([answer === '200 ada', asked.length]).toEqual([isKnown, isKnown ? 1 : 0])
  })

  it('leave minted keys and other prefixes as they are', async () => {
    const { key, record } = await minted()
    const { ask, asked } = world(record, { imported })
    expect(await ask(apiKey(key))).toBe('200 ada')
    expect(await ask(apiKey('new-'.padEnd(24, 'x')))).toMatch(/^401 credential_/)
    expect(asked).toHaveLength(1)
  })
})

describe('what is remembered', () => {
  it('is nothing where nothing is said', async () => {
    const { key, record } = await minted()
    const { ask, asked } = world(record)
    for (let i = 0; i < 3; i++) expect(await ask(apiKey(key))).toBe('200 ada')
    expect(asked).toHaveLength(3)
  })

  it('is a key for rememberMs, and never past its end', async () => {
    const { key, record } = await minted({ expiresAt: START + 500 })
    const { ask, asked, clock } = world(record, { rememberMs: 10_000 })
    await ask(apiKey(key))
    clock.set(START + 499)
    expect(await ask(apiKey(key))).toBe('200 ada')
    expect(asked).toHaveLength(1)
    clock.set(START + 500)
    expect(await ask(apiKey(key))).toBe('401 credential_expired expired')

    const endless = await minted()
    const other = world(endless.record, { rememberMs: 10_000 })
    await other.ask(apiKey(endless.key))
    other.clock.set(START + 9_999)
    await other.ask(apiKey(endless.key))
    expect(other.asked).toHaveLength(1)
    other.clock.set(START + 10_000)
    await other.ask(apiKey(endless.key))
    expect(other.asked).toHaveLength(2)
  })
})

describe('a chain of two stores with one prefix', () => {
  const chain = (...records: (ApiKeyRecord | null)[]) => {
    const asked: number[] = []
    const verifiers = records.map((record, i) =>
      apiKeys({ name: `store-${i}`, prefix: PREFIX, keys: { findByHash: () => (asked.push(i), record) } }),
    )
    const auth = createDualAuth({
      verifiers,
      precedence: verifiers.map(({ name }) => name),
      link: ({ subject }) => ({ id: subject }),
      now: createClock().now,
    })
    return { auth, asked }
  }

  it('gives a key that the first does not know to the second', async () => {
    const { key, record } = await minted()
    const { auth, asked } = chain(null, record)
    const result = await auth.authenticate(apiKey(key))
    expect([result.ok && result.principal.verifier, asked]).toEqual(['store-1', [0, 1]])
  })

  it('ends at a key that the first knows and has revoked', async () => {
    const { key, record } = await minted()
    const { auth, asked } = chain({ ...record, revokedAt: 1 }, record)
    const result = await auth.authenticate(apiKey(key))
    expect([result.ok || result.error.code, asked]).toEqual(['credential_revoked', [0]])
  })
})

describe('a wrong option', () => {
  const construct = (options: object) => () =>
    apiKeys({ name: 'key', prefix: PREFIX, keys: memoryApiKeys(), ...options } as never)

  it.each<[string, object]>([
    ['prefix', { prefix: 'sk-live' }],
    ['prefix', { prefix: '_' }],
    ['prefix', { prefix: `a${'b'.repeat(31)}_` }],
    ['keys', { keys: {} }],
    ['header', { header: 'Authorization' }],
    ['header', { header: 'cookie' }],
    ['header', { header: 'x api key' }],
    ['header', { header: false, bearer: false }],
    ['bearer', { bearer: 'yes' }],
    ['rememberMs', { rememberMs: -1 }],
    ['rememberMs', { rememberMs: 3_600_001 }],
    ['imported[0].prefix', { imported: [{ prefix: 'a,b', minLength: 20, maxLength: 20 }] }],
    ['imported[0].minLength', { imported: [{ prefix: 'a', minLength: 19, maxLength: 20 }] }],
    ['imported[0].maxLength', { imported: [{ prefix: 'a', minLength: 20, maxLength: 8193 }] }],
  ])('is refused by name: %s', (option, options) => {
    expect(wrongOption(construct(options))).toMatch(new RegExp(`\\b${option.replace(/[[\]]/g, '\\$&')}$`))
  })
})
