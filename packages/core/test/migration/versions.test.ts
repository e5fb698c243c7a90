import { describe, expect, it } from 'vitest'
import { memoryEvidence, policyDigest, type PolicyDocument } from '../../src/index.js'
import { atStage, createMove, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'

const request = bearer(oldToken('ada'))
const OLD = '200 ada by legacy'
const GONE = '401 legacy_retired'

describe('a version that is given out again with other content', () => {
  const dual = atStage('dual', { version: 4 })
  const retired = atStage('retired', { version: 4 })

  it('does not count where the first one does, and makes one event for each content', async () => {
    const { auth, source, events } = createMove()
    source(() => dual)
    expect(await outcome(auth, request)).toBe(OLD)
    for (let look = 0; look < 5; look++) source(() => ({ ...retired }))
    expect(await outcome(auth, request)).toBe(OLD)
    const rejected = () => events.filter(({ type }) => type === 'policy_rejected')
    expect(rejected()).toMatchObject([{ migration: 'default', reason: 'same_version', version: 4 }])
    for (let look = 0; look < 5; look++) source(() => atStage('new-only', { version: 4 }))
    expect(rejected()).toHaveLength(2)
    source(() => dual)
    source(() => ({ ...retired }))
    expect(rejected()).toHaveLength(2)
    source(() => ({ ...retired, version: 5 }))
    expect(await outcome(auth, request)).toBe(GONE)
    await auth.close()
  })

  it('is found where the source that changed its own object returns that', async () => {
    const { auth, source, events } = createMove()
    const document: { version: number; stage: string } = { ...dual }
    source(() => document)
    expect(await outcome(auth, request)).toBe(OLD)
    document.stage = 'retired'
    source(() => document)
    expect(await outcome(auth, request)).toBe(OLD)
    expect(events.filter(({ type }) => type === 'policy_rejected')).toMatchObject([{ reason: 'same_version' }])
    await auth.close()
  })

  it('is the same one where its members stand in another order', async () => {
    const { auth, source, events } = createMove()
    const organizations = { acme: { stage: 'dual', basisPoints: 5 }, beta: { stage: 'new-only' } } as const
    source(() => ({ version: 4, stage: 'dual', organizations }))
    expect(await outcome(auth, request)).toBe(OLD)
    const turned = { beta: { stage: 'new-only' }, acme: { basisPoints: 5, stage: 'dual' } }
    for (let look = 0; look < 3; look++) source(() => ({ organizations: turned, stage: 'dual', version: 4 }))
    expect(events.filter(({ type }) => type !== 'policy_adopted')).not.toContainEqual(
      expect.objectContaining({ type: 'policy_rejected' }),
    )
    await auth.close()
  })
})

describe('policyDigest', () => {
  const one: PolicyDocument = {
    version: 4,
    stage: 'dual',
    organizations: { a: { stage: 'off' }, b: { stage: 'dual' } },
  }
  const same: PolicyDocument = {
    organizations: { b: { stage: 'dual' }, a: { stage: 'off' } },
    stage: 'dual',
    version: 4,
  }

  it('is the same for the same content, and another for any other', async () => {
    const digest = await policyDigest(one)
    expect(digest).toMatch(/^[\w-]{16}$/)
    expect(await policyDigest(same)).toBe(digest)
    for (const other of [
      { ...one, version: 5 },
      { ...one, stage: 'off' as const },
      { ...one, organizations: {} },
    ])
      expect(await policyDigest(other)).not.toBe(digest)
  })

  it('is in heartbeats, of the policy that counts and of no other', async () => {
    const store = memoryEvidence()
    const { auth, source } = createMove({ evidence: store })
    const [first, second] = [atStage('dual', { version: 4 }), atStage('new-only', { version: 5 })]
    source(() => first)
    await outcome(auth, request)
    source(() => atStage('retired', { version: 4 }))
    await auth.flush()
    expect(store.heartbeats()).toMatchObject([{ version: 4, digest: await policyDigest(first) }])
    source(() => second)
    await auth.flush()
    expect(store.heartbeats()).toMatchObject([{ version: 5, digest: await policyDigest(second) }])
    await auth.close()
  })
})

describe('a source without a policy', () => {
  it('makes one event that says so, and heartbeats that name no version', async () => {
    const store = memoryEvidence()
    const { auth, events, clock } = createMove({ policy: { load: () => null, pollMs: 500 }, evidence: store })
    for (let look = 0; look < 5; look++) {
      expect(await outcome(auth, request)).toBe('503 policy_unavailable')
      clock.advance(500)
    }
    const told = events.filter(({ type }) => type.startsWith('policy_'))
    expect(told).toMatchObject([{ type: 'policy_missing', migration: 'default', version: null }])
    expect((told[0] as unknown as { cause: Error }).cause.message).toContain('write the first one')
    await auth.flush()
    expect(store.heartbeats()).toMatchObject([{ version: null, digest: null, ended: false }])
    await auth.close()
  })

  it('is another event where there was one: that one goes on counting', async () => {
    let loaded: { document: PolicyDocument } | null = { document: atStage('dual', { version: 7 }) }
    const { auth, events } = createMove({ policy: { load: () => loaded, pollMs: 500 } })
    expect(await outcome(auth, request)).toBe(OLD)
    const missing = () => events.filter(({ type }) => type === 'policy_missing')
    const known = loaded
    loaded = null
    for (let look = 0; look < 3; look++) await auth.ready()
    expect(await outcome(auth, request)).toBe(OLD)
    expect(missing()).toMatchObject([{ version: 7 }])
    loaded = known
    await auth.ready()
    loaded = null
    await auth.ready()
    expect(missing()).toHaveLength(2)
    await auth.close()
  })
})

describe('an instance', () => {
  it('watches from its first look at the policy on, also where it only serves logins', async () => {
    for (const ask of ['issuerFor', 'migrationStatus', 'ready'] as const) {
      const store = memoryEvidence()
      const { auth, clock } = createMove({ evidence: store })
      const from = clock.now()
      await (ask === 'issuerFor' ? auth.issuerFor({ user: 'ada' }) : auth[ask]())
      clock.advance(60_000)
      await auth.close()
      expect(store.heartbeats(), ask).toMatchObject([{ firstAt: from, lastAt: from + 60_000, version: 1, ended: true }])
    }
  })

  it('is called in evidence what the application calls it', async () => {
    const store = memoryEvidence()
    const { auth } = createMove({ evidence: store, instance: 'api-7f9c (fra) ü' })
    await outcome(auth, request)
    await auth.close()
    expect(store.heartbeats()).toMatchObject([{ label: 'api-7f9c (fra) ü' }])
  })

  it.each(['', 'x'.repeat(101), 'a\nb', '\u001B[2J', 'a\u202Eb', '\uD800', 'zero\u200Bwidth', 7])(
    'refuses %j as a label',
    (instance) => {
      expect(() => createMove({ instance: instance as string })).toThrow(/migration\.instance/)
    },
  )
})
