import { describe, expect, it } from 'vitest'
import { createMemory, type RememberOptions } from '../../src/cache/memory.js'
import { cacheKeyOf } from '../../src/cache/cache-key.js'
import type { Credential } from '../../src/extract/credential.js'
import type { Accepted } from '../../src/route/verifier.js'
import { mint } from '../support/tokens.js'
import { identity } from '../support/verifiers.js'

const bearer = (value: string): Credential => ({ carrier: 'bearer', name: 'authorization', value })
const cookie = (value: string, companions?: Credential['companions']): Credential => ({
  carrier: 'cookie',
  name: 'session',
  value,
  ...(companions === undefined ? {} : { companions }),
})

const accepted = (until: number, more: Partial<Accepted> = {}): Accepted => ({
  outcome: 'accepted',
  identity: identity('x'),
  remember: { until },
  ...more,
})

async function open(options: RememberOptions = {}) {
  let time = 1_000
  const memory = createMemory(options, () => time)
  return {
    memory,
    pass: (ms: number) => void (time += ms),
    keep: async (credential: Credential, verification: Accepted) =>
      memory.keep(await cacheKeyOf(credential), 0, verification, memory.era),
    find: async (credential: Credential) => memory.find(await cacheKeyOf(credential)),
  }
}

describe('what is remembered', () => {
  it('is found by the same bytes of the same carrier, and by nothing else', async () => {
    const { keep, find } = await open()
    const token = mint()
    await keep(bearer(token), accepted(2_000))
    expect(await find(bearer(token))).not.toBeNull()
    // Another header and payload, the same signature: a forged twin.
    const [, , signature] = token.split('.')
    expect(await find(bearer(`${mint().split('.').slice(0, 2).join('.')}x.${signature}`))).toBeNull()
    expect(await find({ ...bearer(token), carrier: 'cookie', name: 'legacy' })).toBeNull()
  })

  it('is not forgotten because a forged twin was refused', async () => {
    const { memory, keep, find } = await open()
    const token = mint()
    await keep(bearer(token), accepted(2_000))
    memory.forget(await cacheKeyOf(bearer(`eyJ0d2luIjoxfQ${token.slice(token.indexOf('.'))}`)))
    expect(await find(bearer(token))).not.toBeNull()
    memory.forget(await cacheKeyOf(bearer(token)))
    expect(await find(bearer(token))).toBeNull()
  })

  it('takes every cookie into account that took part', async () => {
    const { keep, find } = await open()
    const beside = (value: string) => new Map([['session_data', [value]]])
    await keep(cookie('a', beside('1')), accepted(2_000))
    expect(await find(cookie('a', beside('1')))).not.toBeNull()
    for (const other of [cookie('a'), cookie('a', beside('2')), cookie('a', new Map([['session_dat', ['a1']]]))])
      expect(await find(other)).toBeNull()
  })

  it('ends with the credential, with the bound of the app, and with its key', async () => {
    const { keep, find, pass } = await open({ maxAgeMs: 500 })
    await keep(bearer('a'), accepted(1_100))
    await keep(bearer('b'), accepted(9_000))
    let current = true
    await keep(bearer('c'), accepted(9_000, { remember: { until: 9_000, isCurrent: () => current } }))
    expect(await find(bearer('c'))).not.toBeNull()
    current = false
    expect(await find(bearer('c'))).toBeNull()
    pass(100)
    expect([await find(bearer('a')), (await find(bearer('b'))) === null]).toEqual([null, false])
    pass(400)
    expect(await find(bearer('b'))).toBeNull()
  })

  it('is nothing that has ended, that asks not to be kept, or that was replaced by a new cookie', async () => {
    const { keep } = await open()
    const endSession = (): void => {}
    for (const one of [
      accepted(1_000),
      { outcome: 'accepted', identity: accepted(0).identity } as const,
      accepted(9_000, { cookies: [{ name: 'session', field: 'session=2', endSession }] }),
    ])
      expect(await keep(bearer('a'), one)).toBeNull()
  })

  it('is bounded by entries and by bytes', async () => {
    const { keep, find } = await open({ maxEntries: 4 })
    for (const name of ['a', 'b', 'a', 'c', 'c', 'd', 'd', 'e', 'e', 'f', 'f'])
      await keep(bearer(name), accepted(9_000))
    const found = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map(async (name) => (await find(bearer(name))) !== null),
    )
    expect(found.filter(Boolean)).toHaveLength(4)
    const small = await open({ maxBytes: 2_000 })
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await small.keep(bearer(name), accepted(9_000))
    expect(await small.find(bearer('a'))).toBeNull()
    expect(await small.find(bearer('f'))).not.toBeNull()
  })

  it('lets a scan of many that come once push out nobody', async () => {
    const { keep, find } = await open({ maxEntries: 100 })
    for (let i = 0; i < 50; i++) await keep(bearer(`warm-${i}`), accepted(9_000))
    for (let i = 0; i < 10_000; i++) await keep(bearer(`scan-${i}`), accepted(9_000))
    const warm = await Promise.all(Array.from({ length: 50 }, (_, i) => find(bearer(`warm-${i}`))))
    expect(warm.filter((one) => one !== null).length).toBeGreaterThan(40)
  })
})
