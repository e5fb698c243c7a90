import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { customPolicy, type PolicySource } from '../../src/index.js'
import { atStage, createMove, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'

const request = bearer(oldToken('ada'))
const OLD = '200 ada by legacy'

describe('close', () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    unhandled.length = 0
    process.on('unhandledRejection', note)
  })
  afterEach(() => {
    vi.useRealTimers()
    process.off('unhandledRejection', note)
  })

  const fails = (): never => {
    throw new Error('broken')
  }
  const never = new Promise<never>(() => {})
  it.each<[string, unknown, boolean]>([
    ['throws', fails, true],
    ['rejects', () => Promise.reject(new Error('broken')), true],
    ['is no function', 'watch', true],
    ['returns nothing', () => {}, false],
    ['returns no function', () => ({ stop: true }), false],
    ['resolves to no function', () => Promise.resolve(5), false],
    ['never settles', () => never, false],
    ['returns what throws', () => fails, false],
    ['returns what rejects', () => () => Promise.reject(new Error('broken')), false],
    ['returns what never settles', () => () => never, false],
  ])('settles where watch %s', async (_name, watch, isEvent) => {
    let loads = 0
    const load = () => (loads++, { document: atStage('dual') })
    const source = { load, watch, pollMs: 500 } as unknown as PolicySource
    const { auth, events } = createMove({ policy: source })
    expect(await outcome(auth, request)).toBe(OLD)
    const closed = auth.close()
    await vi.advanceTimersByTimeAsync(2_000)
    await closed
    await auth.close()
    expect(await outcome(auth, request)).toBe(OLD)
    expect(events.filter(({ type }) => type === 'policy_unavailable')).toHaveLength(isEvent ? 1 : 0)
    const looked = loads
    await vi.advanceTimersByTimeAsync(10_000)
    expect(loads).toBe(looked)
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })

  it('stops what is watched only after it, once', async () => {
    let watched = (_stop: () => unknown): void => {}
    let stops = 0
    const policy = customPolicy(() => atStage('dual'), {
      watch: () => new Promise((resolve) => (watched = resolve)),
    })
    const { auth } = createMove({ policy })
    await auth.ready()
    const closed = [auth.close(), auth.close()]
    await vi.advanceTimersByTimeAsync(2_000)
    await Promise.all(closed)
    expect(stops).toBe(0)
    watched(() => stops++)
    await vi.advanceTimersByTimeAsync(0)
    expect(stops).toBe(1)
  })

  it('ends looking: a source that calls back later, or answers late, changes nothing', async () => {
    let changed = (): void => {}
    let answer = (_document: unknown): void => {}
    let loads = 0
    const policy = customPolicy(
      () => {
        loads++
        return loads === 1 ? atStage('dual') : new Promise((resolve) => (answer = resolve))
      },
      {
        watch: (listener) => {
          changed = listener
          return () => {}
        },
      },
    )
    const { auth, events } = createMove({ policy })
    expect(await outcome(auth, request)).toBe(OLD)
    changed()
    await auth.close()
    answer(atStage('new-only', { version: 2 }))
    await vi.advanceTimersByTimeAsync(0)
    expect((await auth.migrationStatus()).version).toBe(1)
    changed()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(loads).toBe(2)
    expect(await outcome(auth, request)).toBe(OLD)
    expect(events.filter(({ type }) => type === 'policy_adopted')).toHaveLength(1)
  })

  it('starts nothing where it comes before the first request', async () => {
    const asked: string[] = []
    const load = (): unknown => {
      asked.push('load')
      return atStage('dual')
    }
    const watch = (): (() => void) => {
      asked.push('watch')
      return () => {}
    }
    const { auth } = createMove({ policy: customPolicy(load, { watch }) })
    await auth.close()
    expect(await outcome(auth, request)).toBe('503 policy_unavailable')
    expect(asked).toEqual([])
  })

  it('says nothing of a look or a watch that fails later', async () => {
    let fail = (_cause: Error): void => {}
    const policy = customPolicy(() => new Promise((_, reject) => (fail = reject)), { watch: () => never })
    const { auth, events } = createMove({ policy, fallback: atStage('dual') })
    const answer = outcome(auth, request)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await answer).toBe(OLD)
    const closed = auth.close()
    fail(new Error('closed'))
    await vi.advanceTimersByTimeAsync(5_000)
    await closed
    expect(events.filter(({ type }) => type === 'policy_unavailable')).toEqual([])
  })
})
