import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  planMove,
  STAGES,
  type MoveEvidence,
  type PolicyContent,
  type SeenPeople,
  type Stage,
} from '../../src/index.js'

const NOW = Date.parse('2026-06-01T00:00:00Z')
const watched = (people: readonly SeenPeople[]): MoveEvidence => ({ people, since: 0 })
const NOBODY = watched([])
const at = (stage: Stage, more: Partial<PolicyContent> = {}): PolicyContent => ({ stage, ...more })
const codes = (current: PolicyContent | null, next: PolicyContent, seen: readonly SeenPeople[] | null = []) => {
  const { refusal, warnings } = planMove(current, next, seen === null ? null : watched(seen), NOW)
  return { refusal: refusal?.code ?? null, warnings: warnings.map(({ code }) => code) }
}

describe('planMove', () => {
  it.each<[Stage, Stage]>([
    ['off', 'shadow'],
    ['off', 'dual'],
    ['shadow', 'dual'],
    ['dual', 'prefer-new'],
    ['prefer-new', 'new-only'],
    ['new-only', 'retired'],
  ])('allows the step forward from %s to %s', (from, to) => {
    expect(codes(at(from), at(to)).refusal).toBeNull()
  })

  it.each<[Stage, Stage]>([
    ['off', 'prefer-new'],
    ['off', 'new-only'],
    ['shadow', 'prefer-new'],
    ['dual', 'new-only'],
    ['prefer-new', 'retired'],
  ])('refuses to skip from %s to %s, unless it is forced', (from, to) => {
    expect(codes(at(from), at(to)).refusal).toBe('stages_skipped')
    expect(planMove(at(from), at(to), NOBODY, NOW, { force: true }).refusal).toBeNull()
  })

  it('goes back below dual for as many people as are accepted, and force does not stand for that number', () => {
    const seen = [
      { organization: 'acme', old: 5, new: 2 },
      { organization: null, old: 0, new: 1 },
    ]
    const plan = (consent: object) => planMove(at('prefer-new'), at('off'), watched(seen), NOW, consent)
    expect(plan({ acceptLogouts: 2, force: true }).refusal).toEqual({
      code: 'logouts_not_accepted',
      people: 3,
      accepted: 2,
    })
    expect(plan({ acceptLogouts: 3 })).toMatchObject({ refusal: null, warnings: [{ code: 'logouts', people: 3 }] })
  })

  it('logs nobody out on the way back to dual', () => {
    const seen = [{ organization: null, old: 0, new: 9 }]
    for (const from of ['prefer-new', 'new-only'] as const)
      expect(codes(at(from), at('dual'), seen)).toEqual({ refusal: null, warnings: [] })
  })

  it('does not take missing evidence for nobody', () => {
    expect(codes(at('dual'), at('off'), null)).toEqual({ refusal: 'logouts_unknown', warnings: ['evidence_missing'] })
    expect(planMove(at('dual'), at('off'), null, NOW, { force: true }).refusal).toBeNull()
  })

  it('says since when people are counted, where that is not long ago', () => {
    const since = NOW - 10 * 86_400_000
    const young = { people: [{ organization: null, old: 3, new: 0 }], since }
    const { warnings } = planMove(at('prefer-new'), at('new-only'), young, NOW)
    expect(warnings).toContainEqual({ code: 'evidence_young', since })
    expect(planMove(at('off'), at('dual'), young, NOW).warnings).toEqual([])
  })

  it('counts the organizations that move, and no other', () => {
    const current = at('dual', { organizations: { acme: { stage: 'prefer-new' }, globex: { stage: 'dual' } } })
    const next = at('dual', { organizations: { acme: { stage: 'off' }, globex: { stage: 'prefer-new' } } })
    const seen = [
      { organization: 'acme', old: 1, new: 4 },
      { organization: 'globex', old: 0, new: 50 },
      { organization: 'initech', old: 0, new: 70 },
    ]
    expect(planMove(current, next, watched(seen), NOW)).toEqual({
      moves: [
        { organization: 'acme', from: 'prefer-new', to: 'off' },
        { organization: 'globex', from: 'dual', to: 'prefer-new' },
      ],
      warnings: [{ code: 'logouts', people: 4 }],
      refusal: { code: 'logouts_not_accepted', people: 4, accepted: 0 },
    })
  })

  it('moves an organization whose own stage goes back to everybody, wherever that is', () => {
    const own = at('off', { organizations: { acme: { stage: 'prefer-new' } } })
    const { moves } = planMove(own, at('off'), NOBODY, NOW)
    expect(moves).toEqual([{ organization: 'acme', from: 'prefer-new', to: 'off' }])
    expect(codes(at('off', { organizations: { acme: { stage: 'off' } } }), at('dual')).refusal).toBeNull()
  })

  it('is not misled by organizations that are named like members of objects', () => {
    expect(
      planMove(at('off'), at('dual'), watched([{ organization: 'constructor', old: 1, new: 1 }]), NOW).refusal,
    ).toBeNull()
  })

  it('says who is still on the old side before it is refused, and whether credentials outlive that', () => {
    const cutOff = { refuseIssuedAfter: '2026-05-01T00:00:00Z', maxAgeSeconds: 86_400 }
    const seen = [{ organization: null, old: 7, new: 1 }]
    expect(planMove(at('prefer-new', { cutOff }), at('new-only', { cutOff }), watched(seen), NOW).warnings).toEqual([
      { code: 'old_side_in_use', people: 7 },
    ])
    expect(codes(at('prefer-new'), at('new-only')).warnings).toEqual(['not_loss_free'])
    // From new-only on they are refused already.
    expect(codes(at('new-only'), at('retired'), seen).warnings).toEqual([])
  })

  it('warns of keys that are needed again, of another salt, and of an acceptance that is over', () => {
    expect(codes(at('retired'), at('new-only')).warnings).toEqual(['keys_needed'])
    const rollout = { unit: 'user', salt: 'a', basisPoints: 100 } as const
    const [before, after] = [at('dual', { rollout }), at('dual', { rollout: { ...rollout, salt: 'b' } })]
    expect(codes(before, after).warnings).toEqual(['rollout_rechosen'])
    expect(codes(before, { ...before, rollout: { ...rollout, basisPoints: 0 } }).warnings).toEqual([])
    expect(codes(at('dual'), at('dual', { cutOff: { acceptUntil: '2026-05-31T00:00:00Z' } })).warnings).toEqual([
      'acceptance_over',
    ])
  })

  it('begins anywhere that refuses nobody', () => {
    for (const stage of ['off', 'shadow', 'dual', 'prefer-new'] as const)
      expect(codes(null, at(stage), null).refusal).toBeNull()
    for (const stage of ['new-only', 'retired'] as const)
      expect(codes(null, at(stage), null).refusal).toBe('stages_skipped')
    expect(codes(null, at('off'), [{ organization: null, old: 0, new: 1 }]).refusal).toBe('logouts_not_accepted')
  })

  it('never logs out more people than were accepted, whatever the policies are', () => {
    const stage = fc.constantFrom(...STAGES)
    const content = fc.record({ stage, organizations: fc.dictionary(fc.constantFrom('a', 'b'), fc.record({ stage })) })
    const people = fc.nat({ max: 5 })
    const seen = fc.uniqueArray(
      fc.record({ organization: fc.constantFrom(null, 'a', 'b', 'c'), old: people, new: people }),
      { selector: ({ organization }) => organization },
    )
    const accepts = (policy: PolicyContent, organization: string | null) =>
      !['off', 'shadow'].includes(policy.organizations?.[organization ?? '']?.stage ?? policy.stage)
    fc.assert(
      fc.property(content, content, seen, people, fc.boolean(), (current, next, counted, acceptLogouts, force) => {
        const { refusal } = planMove(current, next, watched(counted), NOW, { acceptLogouts, force })
        const out = counted.filter(({ organization: id }) => accepts(current, id) && !accepts(next, id))
        if (refusal === null) expect(out.reduce((sum, each) => sum + each.new, 0)).toBeLessThanOrEqual(acceptLogouts)
      }),
    )
  })
})
