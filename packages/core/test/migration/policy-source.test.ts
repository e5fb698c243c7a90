import { describe, expect, it } from 'vitest'
import { customPolicy, isAuthError, type LoadedPolicy, type PolicySource } from '../../src/index.js'
import { atStage, createMove, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'

const request = bearer(oldToken('ada'))
const OLD = '200 ada by legacy'
const GONE = '401 legacy_retired'
const UNKNOWN = '503 policy_unavailable'

describe('an invalid or older policy never replaces a good one', () => {
  it.each<[string, unknown]>([
    ['an older version', { version: 4, stage: 'new-only' }],
    ['an unknown stage', { version: 9, stage: 'gone' }],
    ['an unknown member', { version: 9, stage: 'new-only', colour: 'red' }],
    ['no version', { stage: 'new-only' }],
    ['a version as text', { version: '9', stage: 'new-only' }],
    ['the same version with other content', { version: 5, stage: 'new-only' }],
    ['nothing', null],
    ['a number', 5],
    ['a text', '{"version":9,"stage":"new-only"}'],
  ])('%s', async (_name, document) => {
    const { auth, source, events } = createMove()
    source(() => atStage('dual', { version: 5 }))
    expect(await outcome(auth, request)).toBe(OLD)
    source(() => document)
    source(() => document)
    expect(await outcome(auth, request)).toBe(OLD)
    expect((await auth.migrationStatus()).version).toBe(5)
    const told = events.filter(({ type }) => type === 'policy_rejected' || type === 'policy_missing')
    expect(told).toHaveLength(1)
    source(() => atStage('new-only', { version: 10 }))
    expect(await outcome(auth, request)).toBe(GONE)
  })

  it('counts each rejection once, and says which version it was', async () => {
    const { auth, source, events } = createMove()
    await auth.ready()
    for (let again = 0; again < 3; again++) source(() => ({ version: 7, stage: 'x' }))
    expect(events.filter(({ type }) => type === 'policy_rejected')).toMatchObject([{ reason: 'invalid', version: 7 }])
  })
})

describe('a document that is huge, or hostile', () => {
  const SECRET = 'sk_live_hunter2'
  const organizations = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, place) => [`org-${place}`, { stage: SECRET }]))
  const nested = (): unknown => {
    let list: unknown[] = []
    for (let depth = 0; depth < 100_000; depth++) list = [list]
    return list
  }
  const circle: Record<string, unknown> = { version: 9 }
  circle['stage'] = circle

  it.each<[string, () => unknown]>([
    [
      'a mistake in each of 100,000 organizations',
      () => atStage('dual', { version: 9, organizations: organizations(100_000) as never }),
    ],
    [
      'too many mistakes to name',
      () => atStage('dual', { version: 9, organizations: organizations(200_000) as never }),
    ],
    ['100,000 nested lists', () => ({ version: 9, stage: nested(), organizations: nested() })],
    ['nothing but nested lists', nested],
    ['an enormous text', () => ({ version: 9, stage: SECRET.repeat(500_000) })],
    ['an enormous name', () => ({ version: 9, stage: 'dual', ['x'.repeat(5_000_000)]: SECRET })],
    ['a circle', () => circle],
    ['a number that JSON has no words for', () => ({ version: 9n, stage: 'dual' })],
    [
      'a member that throws',
      () => ({
        get version(): number {
          throw new Error(SECRET)
        },
      }),
    ],
  ])('is one small event, and the last good one stays: %s', async (_name, make) => {
    const { auth, source, events } = createMove()
    expect(await outcome(auth, request)).toBe(OLD)
    const document = make()
    for (let look = 0; look < 5; look++) source(() => document)
    expect(await outcome(auth, request)).toBe(OLD)
    const rejected = events.filter(({ type }) => /^policy_(?!adopted)/.test(type))
    expect(rejected).toMatchObject([{ type: 'policy_rejected', reason: 'invalid' }])
    const { cause } = rejected[0] as unknown as { cause: Error }
    expect(cause.message.length).toBeLessThan(1_200)
    if (isAuthError(cause)) expect(cause.message).not.toContain(SECRET)
  })

  /** Counts how often it is judged; JSON does not look at what is judged. */
  class Counted {
    static judged = 0
    readonly version = 9
    get stage(): string {
      Counted.judged++
      return 'x'
    }
    toJSON(): object {
      return { version: this.version }
    }
  }

  it('is judged once, however often it is brought', async () => {
    const { auth, source, events } = createMove()
    await auth.ready()
    source(() => new Counted())
    const { judged } = Counted
    expect(judged).toBeGreaterThan(0)
    for (let look = 0; look < 100; look++) source(() => new Counted())
    expect(Counted.judged).toBe(judged)
    source(() => {
      throw new Error('the service is down')
    })
    source(() => new Counted())
    expect(Counted.judged).toBe(judged)
    expect(events.filter(({ type }) => type === 'policy_rejected')).toHaveLength(1)
  })

  it('counts where somebody has mended it under the same version, also in place', async () => {
    const { auth, source } = createMove()
    const document: Record<string, unknown> = { version: 9, stage: 'new_only' }
    source(() => document)
    expect(await outcome(auth, request)).toBe('503 policy_unavailable')
    document['stage'] = 'new-only'
    source(() => document)
    expect(await outcome(auth, request)).toBe(GONE)
  })
})

describe('a source whose newest version is no policy', () => {
  const bad = { version: 9, stage: 'gone' }
  const create = (loaded: () => LoadedPolicy) =>
    createMove({ policy: { load: loaded, pollMs: 500 }, fallback: atStage('off', { version: 40 }) })

  it('hands over the last good one to an instance that has none, and says what was wrong with the newest', async () => {
    const { auth, events } = create(() => ({
      document: bad,
      lastGood: { document: atStage('new-only', { version: 7 }) },
    }))
    await auth.ready()
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.ready()
    expect(events.filter(({ type }) => type.startsWith('policy_'))).toMatchObject([
      { type: 'policy_rejected', reason: 'invalid', version: 9 },
      { type: 'policy_adopted', version: 7 },
    ])
    await auth.close()
  })

  it('never takes an instance back', async () => {
    let loaded: LoadedPolicy = { document: atStage('new-only', { version: 8 }) }
    const { auth, events } = create(() => loaded)
    await auth.ready()
    for (const version of [7, 8]) {
      loaded = { document: bad, lastGood: { document: atStage('off', { version }) } }
      await auth.ready()
      expect((await auth.migrationStatus()).version).toBe(8)
    }
    loaded = { document: bad, lastGood: { document: { version: 8.5, stage: 'x' } } }
    await auth.ready()
    expect((await auth.migrationStatus()).version).toBe(8)
    expect(events.filter(({ type }) => type === 'policy_rejected')).toMatchObject([
      { reason: 'invalid', version: 9 },
      { reason: 'same_version', version: 8 },
    ])
    await auth.close()
  })

  it('leaves the settle delay as it is where it says no moment', async () => {
    for (const writtenAt of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 'now' as never, null]) {
      const { auth } = createMove({ policy: { load: () => ({ document: atStage('new-only'), writtenAt }) } })
      expect(await auth.issuerFor({ user: 'ada' }), String(writtenAt)).toMatchObject({ side: 'new' })
      const dual = atStage('dual', { rollout: { unit: 'user', salt: 's', basisPoints: 10_000 } })
      const waiting = createMove({ policy: { load: () => ({ document: dual, writtenAt }) } })
      expect(await waiting.auth.issuerFor({ user: 'ada' }), String(writtenAt)).toMatchObject({ side: 'old' })
      waiting.clock.advance(60_000)
      expect(await waiting.auth.issuerFor({ user: 'ada' }), String(writtenAt)).toMatchObject({ side: 'new' })
    }
  })

  it('rejects a version that is no version where there is no policy yet', async () => {
    for (const version of [0, -1, 0.5, 2 ** 53, Number.NaN]) {
      const { auth, events } = createMove({ policy: { load: () => ({ document: { version, stage: 'dual' } }) } })
      expect(await outcome(auth, request), String(version)).toBe(UNKNOWN)
      expect(events.filter(({ type }) => type === 'policy_rejected')).toHaveLength(1)
    }
  })
})

describe('a source that cannot be asked', () => {
  it('leaves the last good policy, with one event for the outage', async () => {
    const { auth, source, events } = createMove({ stage: 'dual' })
    expect(await outcome(auth, request)).toBe(OLD)
    for (let again = 0; again < 3; again++)
      source(() => {
        throw new Error('the database is down')
      })
    expect(await outcome(auth, request)).toBe(OLD)
    expect(events.filter(({ type }) => type === 'policy_unavailable')).toHaveLength(1)
  })

  it('answers 503 while there never was a policy, is not ready, and recovers', async () => {
    let isDown = true
    const policy: PolicySource = {
      load: async () => {
        if (isDown) throw new Error('the database is down')
        return { document: atStage('dual') }
      },
      pollMs: 500,
    }
    const { auth, clock } = createMove({ policy })
    await expect(auth.ready()).rejects.toMatchObject({ code: 'verifier_unavailable' })
    expect(await outcome(auth, request)).toBe(UNKNOWN)
    await expect(auth.issuerFor({})).rejects.toMatchObject({ code: 'policy_unavailable', status: 503 })
    isDown = false
    clock.advance(500)
    expect(await outcome(auth, request)).toBe(OLD)
    await auth.ready()
    await auth.close()
  })

  it('an empty source is not ready either', async () => {
    const { auth } = createMove({ policy: { load: () => null } })
    expect(await outcome(auth, request)).toBe(UNKNOWN)
    await expect(auth.ready()).rejects.toMatchObject({ code: 'verifier_unavailable' })
  })

  it('the fallback counts until the source has answered, whatever its version', async () => {
    let isDown = true
    const policy: PolicySource = {
      load: () => {
        if (isDown) throw new Error('the database is down')
        return { document: atStage('new-only', { version: 2 }) }
      },
      pollMs: 500,
    }
    const { auth, clock } = createMove({ policy, fallback: atStage('dual', { version: 40 }) })
    expect(await outcome(auth, request)).toBe(OLD)
    isDown = false
    clock.advance(500)
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })

  it('many requests ask it once', async () => {
    let looks = 0
    const policy = customPolicy(async () => {
      looks++
      await Promise.resolve()
      return atStage('dual')
    })
    const { auth } = createMove({ policy })
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(auth, request)))
    expect(new Set(outcomes)).toEqual(new Set([OLD]))
    expect(looks).toBe(1)
    await auth.close()
  })
})

describe('a process that was suspended', () => {
  it('looks for a newer policy before it answers', async () => {
    let stage: 'dual' | 'new-only' = 'dual'
    let version = 1
    const policy = customPolicy(() => Promise.resolve({ version, stage }), { pollMs: 60_000 })
    const { auth, clock } = createMove({ policy })
    expect(await outcome(auth, request)).toBe(OLD)
    ;[stage, version] = ['new-only', 2]
    clock.advance(10 * 60_000)
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })
})
