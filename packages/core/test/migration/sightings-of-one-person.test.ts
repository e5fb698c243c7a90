import { describe, expect, it } from 'vitest'
import { createPendingSightings } from '../../src/migration/evidence/pending-sightings.js'
import type { Seen } from '../../src/migration/evidence/sighting-entries.js'

const HOUR_MS = 3_600_000
const NOON = Date.parse('2026-03-01T12:00:00Z')

function seenIn(organization: string | null, user = 'service-1'): Seen {
  return {
    side: 'old',
    outcome: 'accepted',
    user,
    organization,
    client: 'bearer',
    verifier: 'legacy',
    expiresAt: null,
  }
}

const organizations = (count: number): string[] => Array.from({ length: count }, (_, place) => `o${place}`)

// That a request looks at few of them is seen in the code and in the bench: a test of times fails on a busy machine.
describe('one person who acts for thousands of organizations', () => {
  it('is counted in each of them, whatever the order', () => {
    const pending = createPendingSightings('default', 50_000)
    const acting = organizations(20_000)
    for (const organization of [...acting, ...[...acting].reverse(), null]) pending.add(seenIn(organization), NOON)
    const taken = pending.take(NOON, false)
    expect(taken).toHaveLength(20_001)
    expect(new Set(taken.map(({ organization }) => organization)).size).toBe(20_001)
    expect(taken.filter(({ uses }) => uses === 2)).toHaveLength(20_000)
  })

  it('is told from another person with the same organizations', () => {
    const pending = createPendingSightings('default', 1_000)
    for (const organization of organizations(20))
      for (const user of ['a', 'b', 'a']) pending.add(seenIn(organization, user), NOON)
    const taken = pending.take(NOON, false)
    expect(taken.filter(({ user, uses }) => user === 'a' && uses === 2)).toHaveLength(20)
    expect(taken.filter(({ user, uses }) => user === 'b' && uses === 1)).toHaveLength(20)
  })

  it('is found again after what was written is dropped, and waits for the hour', () => {
    const midnight = Date.parse('2026-03-02T00:00:00Z')
    const pending = createPendingSightings('default', 1_000)
    const acting = organizations(30)
    // Written before: dropped at midnight. Half of them wait since, and stay.
    for (const organization of acting) pending.add(seenIn(organization), NOON)
    expect(pending.take(NOON, false)).toHaveLength(30)
    for (const organization of acting.slice(0, 15)) pending.add(seenIn(organization), NOON + 1)
    for (const organization of acting) pending.add(seenIn(organization), midnight)
    for (const organization of acting) pending.add(seenIn(organization), midnight + 1)
    const taken = pending.take(midnight + 2, false)
    expect(taken.filter(({ day, uses }) => day === '2026-03-02' && uses === 2)).toHaveLength(30)
    expect(taken.filter(({ day, uses }) => day === '2026-03-01' && uses === 1)).toHaveLength(15)
    for (const organization of acting) pending.add(seenIn(organization), midnight + 3)
    expect(pending.take(midnight + 4, false)).toEqual([])
    expect(pending.take(midnight + 2 + HOUR_MS, false)).toHaveLength(30)
  })

  it('waits again as a whole where it could not be written, and what there is no room for is counted as lost', () => {
    const pending = createPendingSightings('default', 100)
    for (const organization of organizations(120)) pending.add(seenIn(organization), NOON)
    expect(pending.lost).toBe(20)
    const taken = pending.take(NOON, false)
    expect(taken).toHaveLength(100)
    for (const organization of organizations(100)) pending.add(seenIn(organization), NOON + 1)
    pending.putBack(taken, NOON + 2)
    const again = pending.take(NOON + 3, false)
    expect(again.map(({ uses }) => uses)).toEqual(again.map(() => 2))
    expect(again).toHaveLength(100)
  })
})
