import fc from 'fast-check'
import { expect, it } from 'vitest'
import { STAGES, type CutOff, type PolicyDocument, type Stage } from '../../src/index.js'
import { exchangeRefusal, policyRefusal } from '../../src/migration/admission.js'
import { compilePolicy, type CompiledPolicy } from '../../src/migration/policy/compiled-policy.js'
import { START } from '../support/clock.js'

const DAY = 86_400_000

function compiled(stage: Stage, cutOff: CutOff | undefined): CompiledPolicy {
  const document: PolicyDocument = { version: 1, stage, ...(cutOff !== undefined && { cutOff }) }
  return compilePolicy(document, { previous: null, at: 0 })
}

const dayFrom = (days: number): string => new Date(START + days * DAY).toISOString()
const cutOffs: fc.Arbitrary<CutOff | undefined> = fc.option(
  fc.record(
    {
      refuseIssuedAfter: fc.integer({ min: -20, max: 5 }).map(dayFrom),
      acceptUntil: fc.integer({ min: 6, max: 30 }).map(dayFrom),
      maxAgeSeconds: fc.integer({ min: 3_600, max: 30 * 86_400 }),
      undated: fc.constantFrom('accept' as const, 'refuse' as const),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
)

it('what a stage accepts, the next one accepts or exchanges, until the old keys are gone', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: STAGES.length - 3 }),
      cutOffs,
      fc.option(fc.integer({ min: -40 * 24, max: 24 })),
      fc.integer({ min: 0, max: 40 * 24 }),
      (place, cutOff, issuedHours, laterHours) => {
        const [stage, next] = [STAGES[place], STAGES[place + 1]] as [Stage, Stage]
        const now = START + laterHours * 3_600_000
        const issuedAt = issuedHours === null ? null : (START + issuedHours * 3_600_000) / 1000
        const bearing = { organization: null, issuedAt }
        // A cut-off begins with the move: it is what counts at `dual` and after it.
        fc.pre(policyRefusal(compiled(stage, cutOff), 'old', bearing, now) === null)
        fc.pre(next !== 'dual' || cutOff === undefined)
        const after = compiled(next, cutOff)
        const isAccepted = policyRefusal(after, 'old', bearing, now) === null
        expect(isAccepted || exchangeRefusal(after, bearing, now) === null).toBe(true)
      },
    ),
    { numRuns: 2_000 },
  )
})

it('nothing is exchanged before the new side counts, and nothing that a cut-off refuses', () => {
  const old = { organization: null, issuedAt: (START - DAY) / 1000 }
  const over: CutOff = { acceptUntil: dayFrom(0) }
  const reasons = STAGES.map((stage) => [
    exchangeRefusal(compiled(stage, undefined), old, START),
    exchangeRefusal(compiled(stage, over), old, START),
  ])
  expect(reasons).toEqual([
    ['not_yet', 'not_yet'],
    ['not_yet', 'not_yet'],
    [null, 'acceptance_over'],
    [null, 'acceptance_over'],
    [null, 'acceptance_over'],
    ['retired', 'retired'],
  ])
})
