import { describe, expect, it } from 'vitest'
import { customPolicy, type PolicySource } from '../../src/index.js'
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
    expect(events.filter(({ type }) => type === 'policy_rejected').length).toBeLessThan(2)
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
