import { describe, expect, it } from 'vitest'
import { runUnderLease, type LeaseRules, type Shared } from '../../src/verify/sealed-session/lease.js'
import { memoryStore, timedStore, type RefreshStore } from '../../src/verify/sealed-session/shared-store.js'

const RULES: LeaseRules = { now: Date.now, leaseMs: 2_000, keepMs: 2_000 }
const sealed = (own: string): Shared => ({ sealed: own })

describe('a lease on a refresh', () => {
  it('that vanishes between two looks is not deleted, because another may hold one by then', async () => {
    const store = memoryStore(Date.now)
    const other = `${Date.now() + 2_000} running`
    store.set('key', `${Date.now() + 2_000} running`, 2_000)
    let looks = 0
    const racing: RefreshStore = {
      ...store,
      get(key) {
        if (++looks > 1) return store.get(key)
        // The holder gave up, and before this one knows, a third instance has the lease.
        void store.delete(key)
        void store.add(key, other, 2_000)
        setTimeout(() => store.set(key, `${Date.now() + 2_000} of the third`, 2_000), 200)
        return null
      },
    }
    let runs = 0
    const share = await runUnderLease(racing, 'key', RULES, async () => `run ${++runs}`, sealed)
    expect([share, runs]).toEqual([{ shared: { sealed: 'of the third' } }, 0])
  })

  it('that is over is taken by one of many that find it', async () => {
    const store = memoryStore(Date.now)
    // As where a store forgets later than it says.
    store.set('key', `${Date.now() - 1} running`, 60_000)
    let runs = 0
    const task = async (): Promise<string> => {
      runs++
      await new Promise((resolve) => void setTimeout(resolve, 100))
      return 'renewed'
    }
    const away = () => new Promise((resolve) => void setTimeout(resolve, Math.random() * 5))
    const remote: RefreshStore = {
      add: (...args) => away().then(() => store.add(...args)),
      get: (key) => away().then(() => store.get(key)),
      set: (...args) => away().then(() => store.set(...args)),
      delete: (key) => away().then(() => store.delete(key)),
    }
    const shares = await Promise.all(
      Array.from({ length: 20 }, () => runUnderLease(remote, 'key', RULES, task, sealed)),
    )
    expect(runs).toBe(1)
    expect(shares.filter((share) => share !== null && 'own' in share)).toHaveLength(1)
  })

  it('that was asked for too late is given back, and not the one of somebody else', async () => {
    const store = memoryStore(Date.now)
    const slow: RefreshStore = {
      ...store,
      async add(key, value, ttlMs) {
        await new Promise((resolve) => void setTimeout(resolve, 60))
        const added = store.add(key, value, ttlMs)
        if (value === 'overtaken') store.set(key, 'of somebody else', ttlMs)
        return added
      },
    }
    const timed = timedStore(slow, 20)
    await expect(timed.add('mine', 'late', 2_000)).rejects.toThrow('no answer in time')
    await expect(timed.add('theirs', 'overtaken', 2_000)).rejects.toThrow('no answer in time')
    await expect.poll(() => [store.get('mine'), store.get('theirs')]).toEqual([null, 'of somebody else'])
  })
})
