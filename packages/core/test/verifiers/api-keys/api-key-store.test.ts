import { describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey, memoryApiKeys, type CreateApiKeyOptions } from '../../../src/index.js'
import { pathOf } from '../../support/outcome.js'

const options: CreateApiKeyOptions = { prefix: 'sk_', owner: { kind: 'user', id: 'ada' }, scopes: ['things:read'] }
const refused = (changes: object): Promise<string> =>
  createApiKey({ ...options, ...changes }).then(() => 'nothing was refused', pathOf)

describe('createApiKey', () => {
  it('gives the key once, and a record that holds its hash only', async () => {
    const before = Date.now()
    const { key, record } = await createApiKey({ ...options, name: 'deploy', organization: 'acme', expiresAt: null })
    expect(record).toEqual({
      id: expect.stringMatching(/^key_[0-9a-f-]{36}$/) as string,
      hash: await hashApiKey(key),
      owner: options.owner,
      scopes: options.scopes,
      name: 'deploy',
      organization: 'acme',
      expiresAt: null,
      createdAt: record.createdAt,
      revokedAt: null,
    })
    expect(record.createdAt).toBeGreaterThanOrEqual(before)
    expect(JSON.stringify(record)).not.toContain(key.slice(3))
  })

  it('makes another key and another id each time', async () => {
    const [one, two] = [await createApiKey(options), await createApiKey(options)]
    expect(one.key).not.toBe(two.key)
    expect(one.record.id).not.toBe(two.record.id)
  })

  it.each<[string, object]>([
    ['createApiKey.prefix', { prefix: 'sk' }],
    ['createApiKey.owner.kind', { owner: { kind: 'admin', id: 'ada' } }],
    ['createApiKey.owner.id', { owner: { kind: 'user', id: '' } }],
    ['createApiKey.owner.id', { owner: { kind: 'user', id: 'a'.repeat(256) } }],
    ['createApiKey.organization', { organization: '' }],
    ['createApiKey.name', { name: 7 }],
    ['createApiKey.expiresAt', { expiresAt: 'tomorrow' }],
    ['createApiKey.expiresAt', { expiresAt: -1 }],
    ['createApiKey.expiresAt', { expiresAt: 1 }],
    ['createApiKey.expiresAt', { expiresAt: Number.NaN }],
    ['createApiKey.revokedAt', { revokedAt: null }],
  ])('refuses a wrong option by name: %s', async (path, changes) => {
    expect(await refused(changes)).toBe(path)
  })

  it('takes an end in the future, and owners with ids of any characters', async () => {
    const expiresAt = Date.now() + 60_000
    expect((await createApiKey({ ...options, expiresAt })).record.expiresAt).toBe(expiresAt)
    const owner = { kind: 'service', id: 'a\nb' } as const
    expect((await createApiKey({ ...options, owner })).record.owner).toEqual(owner)
  })
})

describe('memoryApiKeys', () => {
  it('finds what it was given and what was added, by hash', async () => {
    const [{ record: first }, { record: second }] = [await createApiKey(options), await createApiKey(options)]
    const store = memoryApiKeys([first])
    expect([store.findByHash(first.hash), store.findByHash(second.hash)]).toEqual([first, null])
    store.add(second)
    expect(store.findByHash(second.hash)).toEqual(second)
  })

  it('revokes one key by id, at a time, and says whether there was one', async () => {
    const [{ record: first }, { record: second }] = [await createApiKey(options), await createApiKey(options)]
    const store = memoryApiKeys([first, second])
    expect([store.revoke(second.id, 5), store.revoke('key_none', 5)]).toEqual([true, false])
    expect([store.findByHash(first.hash), store.findByHash(second.hash)]).toEqual([first, { ...second, revokedAt: 5 }])
    const before = Date.now()
    store.revoke(first.id)
    expect((await store.findByHash(first.hash))!.revokedAt).toBeGreaterThanOrEqual(before)
  })
})
