import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { customPolicy, type LoadedPolicy, type PolicySource } from '../../src/index.js'
import { atStage, createMove, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'

const request = bearer(oldToken('ada'))
const OLD = '200 ada by legacy'
const GONE = '401 legacy_retired'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A source whose answers the test gives. */
function createSlow() {
  const answers: ((loaded: LoadedPolicy | null) => void)[] = []
  let changed = (): void => {}
  const policy: PolicySource = {
    load: () => new Promise((resolve) => answers.push(resolve)),
    watch(listener) {
      changed = listener
      return () => {}
    },
    pollMs: 500,
  }
  return { policy, answers, notify: () => changed() }
}

/** Lets the time go on in steps as short as between two looks. */
async function advance(clock: { advance(milliseconds: number): void }, milliseconds: number): Promise<void> {
  for (let gone = 0; gone < milliseconds; gone += 100) {
    clock.advance(100)
    await vi.advanceTimersByTimeAsync(100)
  }
}

describe('the first requests of a process with a fallback', () => {
  const fallback = atStage('dual', { version: 40 })

  it('wait for a source that is healthy: what it refuses does not get in', async () => {
    const { policy, answers } = createSlow()
    const { auth } = createMove({ policy, fallback })
    const first = [outcome(auth, request), outcome(auth, request)]
    await vi.advanceTimersByTimeAsync(1_500)
    answers[0]!({ document: atStage('retired', { version: 41 }) })
    expect(await Promise.all(first)).toEqual([GONE, GONE])
    expect(answers).toHaveLength(1)
    await auth.close()
  })

  it('wait two seconds in all, and then the fallback counts for each at once', async () => {
    const { policy, answers } = createSlow()
    const { auth, clock } = createMove({ policy, fallback })
    let isAnswered = false
    const first = outcome(auth, request).finally(() => (isAnswered = true))
    await advance(clock, 1_900)
    expect(isAnswered).toBe(false)
    const second = outcome(auth, request)
    await advance(clock, 100)
    expect(await Promise.all([first, second])).toEqual([OLD, OLD])
    expect(await outcome(auth, request)).toBe(OLD)
    answers[0]!({ document: atStage('new-only', { version: 41 }) })
    await vi.advanceTimersByTimeAsync(0)
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })

  it('get the fallback as soon as the source fails', async () => {
    let isDown = true
    const load = (): Promise<unknown> =>
      isDown ? Promise.reject(new Error('down')) : Promise.resolve(atStage('new-only', { version: 41 }))
    const { auth, clock } = createMove({ policy: customPolicy(load), fallback })
    expect(await outcome(auth, request)).toBe(OLD)
    expect(await outcome(auth, request)).toBe(OLD)
    isDown = false
    await advance(clock, 600)
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })
})

describe('a source that does not answer', () => {
  it('is not asked again while it owes an answer, whoever calls for it', async () => {
    const { policy, answers, notify } = createSlow()
    const { auth, clock, events } = createMove({ policy, fallback: atStage('dual') })
    const first = outcome(auth, request)
    const ready = auth.ready().catch((error: unknown) => error)
    await advance(clock, 28_000)
    expect(await first).toBe(OLD)
    notify()
    await advance(clock, 1_000)
    expect(answers).toHaveLength(1)
    expect(await ready).toMatchObject({ code: 'verifier_unavailable' })
    expect(events.filter(({ type }) => type === 'policy_unavailable')).toHaveLength(1)
    answers[0]!(null)
    await advance(clock, 600)
    expect(answers).toHaveLength(2)
    answers[1]!({ document: atStage('new-only') })
    await vi.advanceTimersByTimeAsync(0)
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })

  it.each([7_000, 45_000])('counts when its answer comes, be it after %i ms', async (lateMs) => {
    // A pool of connections that is busy for so long at each look.
    const load = () =>
      new Promise<LoadedPolicy>((resolve) =>
        setTimeout(() => resolve({ document: atStage('new-only', { version: 41 }) }), lateMs),
      )
    const { auth, clock } = createMove({ policy: { load, pollMs: 500 }, fallback: atStage('dual', { version: 40 }) })
    const first = outcome(auth, request)
    await advance(clock, lateMs - 100)
    expect([await first, await outcome(auth, request)]).toEqual([OLD, OLD])
    await advance(clock, 200)
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })

  it('keeps no request waiting that a policy counts for', async () => {
    const { policy, answers } = createSlow()
    const { auth, clock } = createMove({ policy })
    const first = outcome(auth, request)
    answers[0]!({ document: atStage('dual') })
    expect(await first).toBe(OLD)
    for (let gone = 0; gone < 120_000; gone += 500) {
      await advance(clock, 500)
      let isAnswered = false
      const asked = outcome(auth, request).finally(() => (isAnswered = true))
      await vi.advanceTimersByTimeAsync(0)
      expect(isAnswered, `after ${gone} ms`).toBe(true)
      expect(await asked).toBe(OLD)
    }
    await auth.close()
  })

  it('is asked once more after a minute, because its connection may have broken, and no third time', async () => {
    const { policy, answers } = createSlow()
    const { auth, clock } = createMove({ policy, fallback: atStage('dual') })
    const first = outcome(auth, request)
    await advance(clock, 61_000)
    expect(await first).toBe(OLD)
    expect(answers).toHaveLength(2)
    await advance(clock, 180_000)
    expect(answers).toHaveLength(2)
    answers[1]!(null)
    await advance(clock, 600)
    answers[2]!({ document: atStage('new-only') })
    await vi.advanceTimersByTimeAsync(0)
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })
})

describe('notifications', () => {
  it('a single one takes effect at once; a burst makes a few looks, and its last one is not missed', async () => {
    let notify = (): void => {}
    let version = 1
    let looks = 0
    const load = async (): Promise<unknown> => {
      looks++
      await Promise.resolve()
      return atStage(version === 1 ? 'dual' : 'new-only', { version })
    }
    const policy = customPolicy(load, {
      pollMs: null,
      watch(changed) {
        notify = changed
        return () => {}
      },
    })
    const { auth } = createMove({ policy })
    expect(await outcome(auth, request)).toBe(OLD)
    version = 2
    notify()
    await vi.advanceTimersByTimeAsync(0)
    expect(await outcome(auth, request)).toBe(GONE)
    expect(looks).toBe(2)
    for (let burst = 0; burst < 1_500; burst++) {
      notify()
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(looks).toBeLessThan(12)
    version = 9
    notify()
    await vi.advanceTimersByTimeAsync(200)
    expect((await auth.migrationStatus()).version).toBe(9)
    await auth.close()
    const seen = looks
    notify()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(looks).toBe(seen)
  })
})
