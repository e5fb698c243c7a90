import { expect, it } from 'vitest'
import { compare } from '../differential/compare.mjs'

// `npm run test:differential` judges a hundred thousand of each kind; here a sample, with the built package.
it('both ports of the cryptography give the same verdict on every mutated token and seal, and accept none', async () => {
  const kinds = await compare(1_000)
  expect(kinds).toHaveLength(12)
  for (const { kind, isEqual, verdicts, beyondJose } of kinds) {
    expect({ kind, isEqual }).toEqual({ kind, isEqual: true })
    expect(verdicts['genuine, accepted']).toBeGreaterThan(10)
    expect(verdicts['MUTATED, ACCEPTED'] ?? 0).toBe(0)
    // jose is the oracle: what it refuses, we refuse. It knows no seals.
    expect(beyondJose).toBe(kind === 'sealed session' ? null : 0)
  }
})
