import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  planMove,
  STAGES,
  type MoveEvidence,
  type PolicyContent,
  type SeenPeople,
  type SeenPlace,
  type Stage,
} from '../../src/index.js'
import { cutOff as refusalBy, cutOffRule } from '../../src/migration/cut-off.js'

const NOW = Date.parse('2026-06-01T00:00:00Z')
const place = (organization: string | null, more: Partial<SeenPlace> = {}): SeenPlace => ({
  organization,
  old: more.needsOld === true,
  new: more.needsNew === true,
  needsOld: false,
  needsNew: false,
  ...more,
})
/** People who act in one organization only. */
const people = (organization: string | null, { old = 0, new: fresh = 0 }): readonly SeenPeople[] => [
  { people: old, places: [place(organization, { needsOld: true })] },
  { people: fresh, places: [place(organization, { needsNew: true })] },
]
const watched = (seen: readonly SeenPeople[]): MoveEvidence => ({ seen, since: 0 })
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
    const seen = [...people('acme', { old: 5, new: 2 }), ...people(null, { new: 1 })]
    const plan = (consent: object) => planMove(at('prefer-new'), at('off'), watched(seen), NOW, consent)
    expect(plan({ acceptLogouts: 2, force: true }).refusal).toEqual({
      code: 'logouts_not_accepted',
      people: 3,
      accepted: 2,
    })
    expect(plan({ acceptLogouts: 3 })).toMatchObject({ refusal: null, warnings: [{ code: 'logouts', people: 3 }] })
  })

  it('logs nobody out on the way back to dual', () => {
    const seen = people(null, { new: 9 })
    for (const from of ['prefer-new', 'new-only'] as const)
      expect(codes(at(from), at('dual'), seen)).toEqual({ refusal: null, warnings: [] })
  })

  it('does not take missing evidence for nobody', () => {
    expect(codes(at('dual'), at('off'), null)).toEqual({ refusal: 'logouts_unknown', warnings: ['evidence_missing'] })
    expect(planMove(at('dual'), at('off'), null, NOW, { force: true }).refusal).toBeNull()
  })

  it('says since when people are counted, where that is not long ago', () => {
    const since = NOW - 10 * 86_400_000
    const young = { seen: people(null, { old: 3 }), since }
    const { warnings } = planMove(at('prefer-new'), at('new-only'), young, NOW)
    expect(warnings).toContainEqual({ code: 'evidence_young', since })
    expect(planMove(at('off'), at('dual'), young, NOW).warnings).toEqual([])
  })

  it('counts the organizations that move, and no other', () => {
    const current = at('dual', { organizations: { acme: { stage: 'prefer-new' }, globex: { stage: 'dual' } } })
    const next = at('dual', { organizations: { acme: { stage: 'off' }, globex: { stage: 'prefer-new' } } })
    const seen = [
      ...people('acme', { old: 1, new: 4 }),
      ...people('globex', { new: 50 }),
      ...people('initech', { new: 70 }),
    ]
    const { affected: _, ...plan } = planMove(current, next, watched(seen), NOW)
    expect(plan).toEqual({
      moves: [
        { organization: 'acme', from: 'prefer-new', to: 'off' },
        { organization: 'globex', from: 'dual', to: 'prefer-new' },
      ],
      people: 55,
      warnings: [
        { code: 'logouts', people: 4 },
        { code: 'announcement_incomplete', missing: ['deprecation', 'documentation'] },
      ],
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
    expect(planMove(at('off'), at('dual'), watched(people('constructor', { old: 1, new: 1 })), NOW).refusal).toBeNull()
  })

  it('says who is still on the old side before it is refused, and whether credentials outlive that', () => {
    const cutOff = { refuseIssuedAfter: '2026-05-01T00:00:00Z', maxAgeSeconds: 86_400 }
    const seen = people(null, { old: 7, new: 1 })
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
    const over = codes(at('dual'), at('dual', { cutOff: { acceptUntil: '2026-05-31T00:00:00Z' } }))
    expect(over.warnings).toContain('acceptance_over')
  })

  it('begins anywhere that refuses nobody', () => {
    for (const stage of ['off', 'shadow', 'dual', 'prefer-new'] as const)
      expect(codes(null, at(stage), null).refusal).toBeNull()
    for (const stage of ['new-only', 'retired'] as const)
      expect(codes(null, at(stage), null).refusal).toBe('stages_skipped')
    expect(codes(null, at('off'), people(null, { new: 1 })).refusal).toBe('logouts_not_accepted')
  })

  it('never logs out more people than were accepted, whatever the policies are', () => {
    const stage = fc.constantFrom(...STAGES)
    const content = fc.record({ stage, organizations: fc.dictionary(fc.constantFrom('a', 'b'), fc.record({ stage })) })
    const flags = fc.record({ needsOld: fc.boolean(), needsNew: fc.boolean() })
    const places = fc.uniqueArray(
      fc.tuple(fc.constantFrom(null, 'a', 'b', 'c'), flags).map(([organization, more]) => place(organization, more)),
      { selector: ({ organization }) => organization },
    )
    const seen = fc.array(fc.record({ people: fc.nat({ max: 5 }), places }))
    const accepts = (policy: PolicyContent, organization: string | null) =>
      !['off', 'shadow'].includes(policy.organizations?.[organization ?? '']?.stage ?? policy.stage)
    fc.assert(
      fc.property(content, content, seen, fc.nat(30), fc.boolean(), (current, next, counted, acceptLogouts, force) => {
        const { refusal } = planMove(current, next, watched(counted), NOW, { acceptLogouts, force })
        const isOut = ({ organization: id, needsNew }: SeenPlace) =>
          needsNew && accepts(current, id) && !accepts(next, id)
        const out = counted.filter((one) => one.places.some(isOut)).reduce((sum, one) => sum + one.people, 0)
        if (refusal === null) expect(out).toBeLessThanOrEqual(acceptLogouts)
      }),
    )
  })

  it('counts somebody who acts for several organizations once', () => {
    const both = { people: 3, places: [place('acme', { needsNew: true }), place('globex', { needsNew: true })] }
    const { people: total, affected, refusal } = planMove(at('dual'), at('off'), watched([both]), NOW)
    expect(total).toBe(3)
    expect(affected).toEqual([{ organization: null, from: 'dual', to: 'off', old: 0, refused: 3, organizations: 2 }])
    expect(refusal).toMatchObject({ people: 3 })
  })

  it('says whom it would sign out, apart from who was seen on the old side', () => {
    const seen = [
      ...people(null, { old: 17 }),
      { people: 3, places: [place(null, { old: true, needsOld: true, new: true, needsNew: true })] },
    ]
    const plan = planMove(at('dual'), at('shadow'), watched(seen), NOW)
    expect(plan.people).toBe(20)
    expect(plan.affected).toMatchObject([{ old: 20, refused: 3 }])
  })
})

describe('planMove, where a cut-off refuses what was accepted', () => {
  const seen = watched([...people('acme', { old: 20, new: 5 }), ...people(null, { old: 10 })])
  const cutOffs: readonly (readonly [string, NonNullable<PolicyContent['cutOff']>])[] = [
    ['a shorter age', { maxAgeSeconds: 60 }],
    ['an end of issuing that has passed', { refuseIssuedAfter: '2026-05-01T00:00:00Z' }],
    ['an end of accepting that has passed', { acceptUntil: '2026-05-31T00:00:00Z' }],
  ]

  it.each(cutOffs)('asks for as many people to be accepted as may have to sign in again: %s', (_, cutOff) => {
    const plan = planMove(at('dual'), at('dual', { cutOff }), seen, NOW)
    expect(plan.moves).toEqual([])
    expect(plan.affected).toEqual([
      { organization: null, from: 'dual', to: 'dual', old: 30, refused: 30, organizations: 1 },
    ])
    expect(plan.warnings).toContainEqual({ code: 'cut_off_refuses', people: 30 })
    expect(plan.refusal).toEqual({ code: 'logouts_not_accepted', people: 30, accepted: 0 })
    expect(planMove(at('dual'), at('dual', { cutOff }), seen, NOW, { acceptLogouts: 30 }).refusal).toBeNull()
    expect(codes(at('dual'), at('dual', { cutOff }), null)).toMatchObject({ refusal: 'logouts_unknown' })
  })

  it.each(cutOffs)('counts it where a stage brings it into effect: %s', (_, cutOff) => {
    expect(planMove(at('off', { cutOff }), at('dual', { cutOff }), seen, NOW).refusal).toMatchObject({ people: 30 })
  })

  it('counts only organizations where the cut-off holds', () => {
    const organizations = { acme: { stage: 'off' } } as const
    const [before, after] = [
      at('dual', { organizations }),
      at('dual', { organizations, cutOff: { maxAgeSeconds: 60 } }),
    ]
    expect(planMove(before, after, seen, NOW).refusal).toMatchObject({ people: 10 })
  })

  it('has nothing against a cut-off that begins later, or that refuses no more than the one before', () => {
    const later = { refuseIssuedAfter: '2026-06-02T00:00:00Z', acceptUntil: '2026-07-01T00:00:00Z' }
    expect(planMove(at('dual'), at('dual', { cutOff: later }), seen, NOW)).toMatchObject({
      affected: [],
      refusal: null,
    })
    for (const [, cutOff] of cutOffs) {
      expect(planMove(at('dual', { cutOff }), at('dual', { cutOff }), seen, NOW)).toMatchObject({ refusal: null })
      expect(planMove(at('dual', { cutOff }), at('dual'), seen, NOW)).toMatchObject({ affected: [], refusal: null })
    }
    const [hour, day] = [{ maxAgeSeconds: 3600 }, { maxAgeSeconds: 86_400 }]
    expect(planMove(at('dual', { cutOff: hour }), at('dual', { cutOff: day }), seen, NOW).refusal).toBeNull()
    expect(planMove(at('dual', { cutOff: day }), at('dual', { cutOff: hour }), seen, NOW).refusal).not.toBeNull()
  })

  it('says how many hold credentials that are current beyond the date that ends them', () => {
    const holders = watched([{ people: 4, places: [place(null, { needsOld: true, outlives: true })] }])
    const cutOff = { acceptUntil: '2026-06-02T00:00:00Z' }
    const until = Date.parse(cutOff.acceptUntil)
    const plan = planMove(at('dual'), at('dual', { cutOff }), holders, NOW)
    expect(plan.warnings).toContainEqual({ code: 'outlived', people: 4, until })
    expect(planMove(at('dual', { cutOff }), at('prefer-new', { cutOff }), holders, NOW).warnings).not.toContainEqual(
      expect.objectContaining({ code: 'outlived' }),
    )
  })

  it('passes over nothing that the cut-off itself would refuse', () => {
    const moment = fc.date({ min: new Date('2026-05-01'), max: new Date('2026-07-01'), noInvalidDate: true })
    const cutOff = fc.record(
      {
        refuseIssuedAfter: moment.map((date) => date.toISOString()),
        acceptUntil: moment.map((date) => date.toISOString()),
        maxAgeSeconds: fc.integer({ min: 1, max: 10_000_000 }),
        undated: fc.constantFrom('refuse' as const, 'accept' as const),
      },
      { requiredKeys: [] },
    )
    const issued = fc.option(fc.integer({ min: NOW / 1000 - 10_000_000, max: NOW / 1000 }))
    fc.assert(
      fc.property(cutOff, cutOff, issued, (before, after, issuedAt) => {
        const isRefused = (written: typeof before) => refusalBy(cutOffRule(written), issuedAt, NOW) !== null
        const { affected } = planMove(at('dual', { cutOff: before }), at('dual', { cutOff: after }), seen, NOW)
        if (!isRefused(before) && isRefused(after)) expect(affected).toHaveLength(1)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('planMove, on what is easily overlooked', () => {
  const warnings = (current: PolicyContent | null, next: PolicyContent, more: Partial<MoveEvidence> = {}) =>
    planMove(current, next, { ...NOBODY, ...more }, NOW).warnings
  const rollout = { unit: 'user', salt: 'spring', basisPoints: 1000 } as const

  it('says that prefer-new issues for nobody without a share', () => {
    expect(warnings(at('dual'), at('prefer-new'))).toContainEqual({ code: 'issues_for_nobody' })
    expect(warnings(at('dual'), at('prefer-new', { rollout: { ...rollout, basisPoints: 0 } }))).toContainEqual({
      code: 'issues_for_nobody',
    })
    for (const more of [
      { rollout },
      { newUsers: 'new' as const },
      { rollout: { ...rollout, basisPoints: 0, include: ['u-1'] } },
      { rollout: { ...rollout, basisPoints: 0 }, organizations: { acme: { basisPoints: 1 } } },
    ])
      expect(warnings(at('dual'), at('prefer-new', more))).not.toContainEqual({ code: 'issues_for_nobody' })
  })

  it('says from when on the cut-off overrules the rollout', () => {
    const cutOff = { refuseIssuedAfter: '2026-07-01T00:00:00Z', acceptUntil: '2026-08-01T00:00:00Z' }
    const since = Date.parse(cutOff.refuseIssuedAfter)
    expect(warnings(at('dual', { rollout }), at('dual', { rollout, cutOff }))).toContainEqual({
      code: 'rollout_overruled',
      since,
      basisPoints: 1000,
    })
    const whole = { ...rollout, basisPoints: 10_000 }
    expect(warnings(at('dual'), at('dual', { rollout: whole, cutOff }))).toEqual([])
  })

  it('says what a stage that announces the end does not announce', () => {
    const of = (announcement: NonNullable<PolicyContent['announcement']>, stage: Stage = 'prefer-new') =>
      warnings(at('off'), at(stage, { rollout, announcement })).filter(({ code }) => code === 'announcement_incomplete')
    expect(of({})).toEqual([{ code: 'announcement_incomplete', missing: ['deprecation', 'documentation'] }])
    expect(of({ deprecation: '2026-02-01T00:00:00Z' })).toEqual([
      { code: 'announcement_incomplete', missing: ['documentation'] },
    ])
    expect(of({}, 'dual')).toEqual([])
    expect(of({ inDual: true }, 'dual')).toHaveLength(1)
  })

  it('says which organizations stay where they are, which are held, and which nobody ever acted for', () => {
    const organizations = { acme: { stage: 'dual', hold: true }, beta: { basisPoints: 1 } } as const
    expect(warnings(at('dual', { organizations }), at('prefer-new', { organizations, rollout }))).toContainEqual({
      code: 'organizations_stay',
      organizations: [{ organization: 'acme', stage: 'dual' }],
    })
    const share = { acme: { ...organizations.acme, basisPoints: 500 } }
    expect(warnings(at('dual', { organizations }), at('dual', { organizations: share }))).toEqual([
      { code: 'held', organization: 'acme' },
    ])
    expect(warnings(at('dual'), at('dual', { organizations: share }), { unseen: ['acme'] })).toEqual([
      { code: 'organization_unseen', organization: 'acme' },
    ])
  })
})
