import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STAGES, type PolicyDocument, type Side, type Stage } from '../../src/index.js'
import { policyRefusal } from '../../src/migration/admission.js'
import { compilePolicy, type CompiledPolicy } from '../../src/migration/policy/compiled-policy.js'
import { issuance } from '../../src/migration/issuance.js'
import { START } from '../support/clock.js'

const SETTLE_MS = 30_000
/** One unit that is in from 50 % on, and one that is in at 100 % only. */
const UNITS = await unitsOf()

async function unitsOf(): Promise<readonly [string, string]> {
  const policy = compilePolicy(documentOf('dual', 5_000), { previous: null, at: 0 })
  const found = new Map<Side, string>()
  for (let at = 0; found.size < 2; at++) found.set((await issuance(policy, { user: `u-${at}` }, START)).side, `u-${at}`)
  return [found.get('new')!, found.get('old')!]
}

function documentOf(stage: Stage, basisPoints: number, acme?: Stage): PolicyDocument {
  return {
    version: 1,
    stage,
    settleMs: SETTLE_MS,
    rollout: { unit: 'user', salt: 'spring', basisPoints },
    ...(acme !== undefined && { organizations: { acme: { stage: acme } } }),
  }
}

/** A move that needs nobody's consent: one step forward, or back as far as both sides are accepted. */
function isQuiet(from: Stage, to: Stage): boolean {
  const [old, next, dual] = [from, to, 'dual' as const].map((stage) => STAGES.indexOf(stage)) as [
    number,
    number,
    number,
  ]
  return next <= old ? next >= dual || old < dual : next === old + 1
}

const pairs = STAGES.flatMap((from) => STAGES.filter((to) => isQuiet(from, to)).map((to) => [from, to] as const))

/** The same for an organization: with a stage of its own before and after, in one of them, or in neither. */
function ownPairs(from: Stage, to: Stage): readonly (readonly [before: Stage | undefined, after: Stage | undefined])[] {
  const lost = STAGES.filter((own) => isQuiet(own, to)).map((own) => [own, undefined] as const)
  const gained = STAGES.filter((own) => isQuiet(from, own)).map((own) => [undefined, own] as const)
  return [[undefined, undefined], ...lost, ...gained, ...pairs]
}

/** How instances stand to each other: one has adopted the new version, the other one follows within the settle delay. */
interface Fleet {
  readonly ahead: CompiledPolicy
  readonly behind: CompiledPolicy
}

function fleetOf(before: PolicyDocument, after: PolicyDocument): Fleet {
  const behind = compilePolicy(before, { previous: null, at: START - 10 * SETTLE_MS })
  return { behind, ahead: compilePolicy({ ...after, version: 2 }, { previous: behind, at: START }) }
}

/** Told where to go, and exchangeable: not lost. */
const CARRIED = new Set([null, 'retired'])

describe('two instances that are one version apart', () => {
  it('what one of them issues, the other one accepts: for every pair of stages, of everybody and of an organization, and every share', async () => {
    let judged = 0
    for (const [from, to] of pairs)
      for (const [ownFrom, ownTo] of ownPairs(from, to))
        for (const before of [0, 5_000, 10_000])
          for (const after of [0, 5_000, 10_000]) {
            const fleet = fleetOf(documentOf(from, before, ownFrom), documentOf(to, after, ownTo))
            for (const organization of [null, 'acme'])
              for (const user of UNITS)
                for (const now of [START, START + SETTLE_MS - 1])
                  for (const [issuer, other] of [
                    [fleet.ahead, fleet.behind],
                    [fleet.behind, fleet.ahead],
                  ] as const) {
                    const { side } = await issuance(issuer, { user, organization }, now)
                    const refused = policyRefusal(other, side, { organization, issuedAt: now / 1000 }, now)
                    const fine = side === 'old' ? CARRIED.has(refused) : refused === null
                    if (!fine)
                      throw new Error(`${from}>${to} ${ownFrom}>${ownTo} ${before}>${after} ${side} ${refused}`)
                    judged++
                  }
          }
    expect(judged).toBeGreaterThan(50_000)
  })

  it('a version without its settle delay would strand somebody', async () => {
    const after = { ...documentOf('dual', 10_000), settleMs: 0 }
    const { ahead, behind } = fleetOf(documentOf('shadow', 0), after)
    const { side } = await issuance(ahead, { user: UNITS[0] }, START)
    expect([side, policyRefusal(behind, side, { organization: null, issuedAt: null }, START)]).toEqual([
      'new',
      'not_yet',
    ])
  })
})

describe('for every policy', () => {
  const stage = fc.constantFrom(...STAGES)
  const id = fc.constantFrom('acme', 'beta', 'gamma')
  const own = fc.record({ stage, basisPoints: fc.nat(10_000) }, { requiredKeys: [] })
  const document: fc.Arbitrary<PolicyDocument> = fc.record({
    version: fc.constant(1),
    stage,
    organizations: fc.dictionary(id, own),
    rollout: fc.record({
      unit: fc.constantFrom('user', 'organization', 'identifier'),
      salt: fc.string({ minLength: 1, maxLength: 9 }),
      basisPoints: fc.nat(10_000),
      include: fc.array(fc.string({ minLength: 1 })),
      exclude: fc.array(fc.string({ minLength: 1 })),
    }),
    newUsers: fc.constantFrom('rollout', 'new'),
  })
  const bearing = fc.record({
    organization: fc.option(id),
    issuedAt: fc.option(fc.integer({ min: 0, max: 4_000_000_000 })),
  })
  const side = fc.constantFrom<Side>('old', 'new')
  const compiled = (one: PolicyDocument) => compilePolicy(one, { previous: null, at: START })

  it('shares, lists and new people never change who is accepted', () => {
    fc.assert(
      fc.property(document, document, bearing, side, (one, other, of, which) => {
        const organizations = Object.fromEntries(
          Object.entries(one.organizations ?? {}).map(([key, { stage: its }]) => [
            key,
            { ...(its !== undefined && { stage: its }), basisPoints: 1 },
          ]),
        )
        const changed = { ...other, stage: one.stage, organizations }
        expect(policyRefusal(compiled(changed), which, of, START)).toBe(policyRefusal(compiled(one), which, of, START))
      }),
    )
  })

  it('a step forward takes nothing from the new side, and from the old side only what is told where to go', () => {
    fc.assert(
      fc.property(stage, bearing, (from, of) => {
        const to = STAGES[STAGES.indexOf(from) + 1] ?? from
        const [before, after] = [from, to].map((its) => compiled({ version: 1, stage: its }))
        for (const which of ['old', 'new'] as const)
          if (policyRefusal(before!, which, of, START) === null) {
            const refused = policyRefusal(after!, which, of, START)
            expect(which === 'old' ? CARRIED.has(refused) : refused === null).toBe(true)
          }
      }),
    )
  })

  it('a side that issues is accepted by the same instance', async () => {
    await fc.assert(
      fc.asyncProperty(document, bearing, fc.option(fc.string()), async (one, of, user) => {
        const policy = compiled(one)
        const later = START + 60_000
        const issued = await issuance(policy, { user, organization: of.organization }, later)
        expect(policyRefusal(policy, issued.side, of, later)).toBeNull()
      }),
    )
  })
})
