import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryEvidence, retireFactsOf, retireReport, type RetireFacts, type RetireOptions } from '../../src/index.js'
import { DAY, HOUR, sighting, watching } from '../support/evidence.js'

const NOW = Date.parse('2026-06-20T15:00:00Z')
const FROM = NOW - 14 * DAY
const always = watching('one', FROM - HOUR, NOW)
const onNewSide = sighting('ada', NOW - DAY, { side: 'new', client: 'browser', organization: 'acme' })

/** What a report says of one kind of fact, where all others speak for it. */
function report(
  facts: Partial<RetireFacts> & { seen?: readonly ReturnType<typeof sighting>[] },
  options?: RetireOptions,
) {
  const { seen = [], ...more } = facts
  const read = retireFactsOf(
    { sightings: () => [onNewSide, ...seen], heartbeats: () => always },
    { now: NOW, policy: { stage: 'new-only' }, conflicts: {}, criticalMismatches: { times: {}, lastAt: null } },
  )
  return retireReport({ ...read, ...more }, options)
}

/** Checks that did not pass. */
const open = ({ checks }: ReturnType<typeof report>) =>
  checks.filter(({ status }) => status !== 'passed').map(({ name, status, count }) => [name, status, count])

describe('retireReport', () => {
  it('is safe after a whole window that was watched, in which nobody came the old way', () => {
    const found = report({})
    expect(found).toMatchObject({ verdict: 'safe', gaps: [], silent: [], broken: [], lost: 0, eta: NOW })
    expect(open(found)).toEqual([])
    expect(found.organizations).toMatchObject([{ organization: 'acme', verdict: 'safe', accepted: 0, lastAt: null }])
  })

  it('names the organization and the kind of client of whoever still comes', () => {
    const seen = [
      sighting('bob', NOW - 2 * DAY, { organization: 'globex', client: 'key' }),
      sighting('bob', NOW - 3 * DAY, { organization: 'globex', client: 'key' }),
      sighting('cleo', NOW - DAY, { organization: 'globex', client: 'key' }),
    ]
    const found = report({ seen })
    expect(found.verdict).toBe('not_safe')
    expect(open(found)).toEqual([['old_accepted', 'failed', 2]])
    expect(found.organizations).toMatchObject([
      { organization: 'acme', verdict: 'safe' },
      { organization: 'globex', verdict: 'not_safe', accepted: 2, refused: 0, lastAt: NOW - DAY },
    ])
    expect(found.clients).toMatchObject([
      { client: 'browser', verdict: 'safe' },
      { client: 'key', verdict: 'not_safe', accepted: 2 },
    ])
  })

  it('takes whoever is refused as retired for somebody who still tries', () => {
    const found = report({ seen: [sighting('bob', NOW - DAY, { outcome: 'refused', organization: 'globex' })] })
    expect([found.verdict, open(found)]).toEqual(['not_safe', [['old_refused', 'failed', 1]]])
  })

  it('calls no organization safe while somebody unknown is refused', () => {
    const found = report({ seen: [sighting(null, NOW - DAY, { outcome: 'refused' })] })
    expect([found.verdict, open(found)]).toEqual(['not_safe', [['old_unverified', 'failed', 1]]])
    expect(found.organizations).toMatchObject([
      { organization: 'acme', verdict: 'not_enough_evidence' },
      { organization: null, verdict: 'not_safe', isUnknownRefused: true },
    ])
  })

  it('can be told that strangers sent what nobody verified', () => {
    const stranger = sighting(null, NOW - DAY, { outcome: 'refused' })
    const known = sighting('bob', NOW - DAY, { outcome: 'refused' })
    const found = report({ seen: [stranger] }, { ignoreUnverified: true })
    expect([found.verdict, open(found)]).toEqual(['safe', [['old_unverified', 'noted', 1]]])
    expect(found.organizations).toMatchObject([{ organization: 'acme', verdict: 'safe' }])
    expect(report({ seen: [stranger, known] }, { ignoreUnverified: true }).verdict).toBe('not_safe')
  })

  it('never takes for a stranger who was accepted, though no store can keep their id', () => {
    const nameless = {
      side: 'old',
      outcome: 'accepted',
      organization: null,
      client: 'bearer',
      isKnown: false,
      people: 0,
      lastAt: NOW - DAY,
      outstanding: 0,
    } as const
    const found = report({ uses: [nameless] }, { ignoreUnverified: true })
    expect(found.verdict).toBe('not_safe')
    expect(open(found)).toContainEqual(['old_accepted', 'failed', 1])
    expect(found.organizations).toMatchObject([{ organization: null, accepted: 1, isUnknownRefused: false }])
  })

  it('reads as many organizations and people as there are', () => {
    const many = Array.from({ length: 130_000 }, (_, at) =>
      sighting(`user-${at}`, NOW - DAY, { organization: `org-${at}`, client: at % 2 === 0 ? 'key' : 'browser' }),
    )
    const found = report({ seen: many })
    expect([found.verdict, found.organizations.length]).toEqual(['not_safe', 130_001])
  })

  it('does not look further back than the window', () => {
    const seen = [sighting('bob', FROM - HOUR, { organization: 'globex' })]
    expect(report({ seen }).verdict).toBe('safe')
    const wider = retireFactsOf(
      { sightings: () => [onNewSide, ...seen], heartbeats: () => watching('one', FROM - 20 * DAY, NOW) },
      { now: NOW, windowDays: 15 },
    )
    expect(retireReport(wider).verdict).toBe('not_safe')
  })

  it('counts people who are away with a credential that is current, unless they have moved or it is refused anyway', () => {
    const away = sighting('bob', FROM - DAY, { expiresAt: NOW + DAY })
    const moved = sighting('ada', FROM - DAY, { expiresAt: NOW + DAY })
    const policy = { stage: 'prefer-new' } as const
    expect(open(report({ seen: [away, moved], policy }))).toEqual([
      ['outstanding', 'failed', 1],
      ['loss_free', 'noted', 0],
    ])
    expect(report({ seen: [away] }).verdict).toBe('safe')
    expect(report({ seen: [{ ...away, expiresAt: NOW - 1 }], policy }).verdict).toBe('safe')
  })

  it('waits for what somebody held on the old side within the hour of her move: she may have gone on there', () => {
    const policy = { stage: 'prefer-new' } as const
    const held = (at: number) => [sighting('ada', at, { expiresAt: NOW + DAY })]
    expect(open(report({ seen: held(NOW - DAY - 1_000), policy }))).toContainEqual(['outstanding', 'failed', 1])
    expect(open(report({ seen: held(NOW - DAY - HOUR), policy })).map(([name]) => name)).not.toContain('outstanding')
  })

  it('waits for what somebody held on the old side before she came back to it', () => {
    const seen = [sighting('ada', NOW - 2 * DAY, { expiresAt: NOW + DAY }), sighting('ada', NOW - HOUR)]
    expect(open(report({ seen, policy: { stage: 'prefer-new' } }))).toContainEqual(['outstanding', 'failed', 1])
  })

  it('waits for the cut-off to be loss-free', () => {
    const cutOff = (refuseIssuedAfter: string) => ({ refuseIssuedAfter, maxAgeSeconds: 30 * 86_400 })
    const at = (date: string) => report({ policy: { stage: 'prefer-new', cutOff: cutOff(date) } })
    expect(open(at('2026-06-01T00:00:00Z'))).toEqual([['loss_free', 'failed', 1]])
    expect(at('2026-05-01T00:00:00Z').verdict).toBe('safe')
  })

  it('is not safe where an organization has nowhere else to go, or an identity waits for a decision', () => {
    const found = report({
      policy: { stage: 'new-only', organizations: { acme: { stage: 'off' } } },
      conflicts: { address_taken: 2 },
    })
    expect(open(found)).toEqual([
      ['loss_free', 'noted', 0],
      ['new_accepted', 'failed', 1],
      ['conflicts', 'failed', 2],
    ])
    expect(found.organizations).toMatchObject([{ organization: 'acme', verdict: 'not_safe' }])
  })

  it('notes what nobody can say, such as a policy that is not stored', () => {
    const found = report({ policy: null, conflicts: null, criticalMismatches: null })
    expect(found.verdict).toBe('safe')
    expect(open(found)).toEqual(
      ['loss_free', 'new_accepted', 'conflicts', 'shadow_critical'].map((name) => [name, 'noted', 0]),
    )
  })

  it('is not safe while comparisons of the two sides found somebody who would get what is not theirs', () => {
    const criticalMismatches = { times: { different_user: 2, privilege_gain: 1 }, lastAt: NOW - DAY }
    const found = report({ criticalMismatches })
    expect([found.verdict, open(found)]).toEqual(['not_safe', [['shadow_critical', 'failed', 3]]])
    expect(found.criticalMismatches).toEqual(criticalMismatches)
  })
})

describe('missing evidence', () => {
  const lacks = (facts: Partial<RetireFacts>, options?: RetireOptions) => {
    const found = report(facts, options)
    return [found.verdict, ...open(found).map(([name]) => name)]
  }

  it('is not enough where nothing ever watched', () => {
    expect(lacks({ heartbeats: [] })).toEqual(['not_enough_evidence', 'watched'])
    expect(retireReport(retireFactsOf(memoryEvidence(), { now: NOW })).verdict).toBe('not_enough_evidence')
  })

  it('is not enough where nobody came at all: perhaps nothing arrives', () => {
    expect(lacks({ uses: [] })).toEqual(['not_enough_evidence', 'somebody_seen'])
  })

  it('names the gap in which no instance watched', () => {
    const [from, to] = [NOW - 3 * DAY, NOW - 3 * DAY + HOUR]
    const heartbeats = [...watching('one', FROM, from, { ended: true }), ...watching('two', to, NOW)]
    const found = report({ heartbeats })
    expect(found).toMatchObject({
      verdict: 'not_enough_evidence',
      gaps: [{ from, to }],
      silent: [],
      eta: to + 14 * DAY,
    })
    expect(report({ heartbeats }, { toleranceMs: HOUR }).verdict).toBe('safe')
  })

  it('is not enough while the window is not over, and says when it will be', () => {
    const since = NOW - 5 * DAY
    const found = report({ heartbeats: watching('one', since, NOW) })
    expect(found).toMatchObject({
      verdict: 'not_enough_evidence',
      gaps: [{ from: FROM, to: since }],
      eta: since + 14 * DAY,
    })
  })

  it('is not enough where nothing watches now, and no end is in sight', () => {
    const found = report({ heartbeats: watching('one', FROM, NOW - DAY, { ended: true }) })
    expect(found).toMatchObject({ verdict: 'not_enough_evidence', gaps: [{ from: NOW - DAY, to: NOW }], eta: null })
  })

  it('does not trust an instance that fell silent, until somebody says that it was stopped', () => {
    const heartbeats = [...always, ...watching('two', FROM, NOW - 4 * DAY)]
    expect(lacks({ heartbeats })).toEqual(['not_enough_evidence', 'instances'])
    expect(report({ heartbeats }).silent).toEqual(['two'])
    for (const stopped of [['two'], 'all'] as const) expect(lacks({ heartbeats }, { stopped })).toEqual(['safe'])
    expect(lacks({ heartbeats: [...always, ...watching('two', FROM, NOW - 4 * DAY, { ended: true })] })).toEqual([
      'safe',
    ])
  })

  it('does not trust an instance that fell silent on the day before, nor mind one that did so long ago', () => {
    const silentAt = (at: number) => [...always, ...watching('two', at - 2 * HOUR, at)]
    expect(lacks({ heartbeats: silentAt(FROM - 15 * HOUR) })).toEqual(['not_enough_evidence', 'instances'])
    expect(lacks({ heartbeats: silentAt(FROM - DAY - HOUR) })).toEqual(['safe'])
  })

  it('does not trust an instance of which a day is missing, whoever says that it was stopped', () => {
    const two = watching('two', FROM, NOW)
    for (const missing of [3, 0]) {
      const heartbeats = [...always, ...two.filter((_, place) => place !== missing)]
      expect(lacks({ heartbeats }, { stopped: 'all' })).toEqual(['not_enough_evidence', 'instances'])
    }
  })

  it('counts what was dropped within the window, once', () => {
    const losing = (since: number) =>
      watching('two', FROM - DAY, NOW).map((beat) => (beat.firstAt >= since ? { ...beat, lost: 5 } : beat))
    expect(report({ heartbeats: [...always, ...losing(NOW - 3 * DAY)] })).toMatchObject({
      verdict: 'not_enough_evidence',
      lost: 5,
    })
    expect(report({ heartbeats: [...always, ...losing(0)] })).toMatchObject({ verdict: 'safe', lost: 0 })
  })

  // I16 of the invariants.
  it('never ends in safe where any heartbeat is missing, whatever the instances are', () => {
    const hours = 14 * 24
    const instance = fc
      .record({ start: fc.integer({ min: -30, max: hours - 30 }), length: fc.integer({ min: 25, max: hours + 30 }) })
      .map(({ start, length }) => ({
        // One that starts at midnight to the millisecond cannot be told from one whose day before is missing.
        from: FROM + start * HOUR + 1,
        to: Math.min(FROM + (start + length) * HOUR, NOW),
      }))
    fc.assert(
      fc.property(fc.array(instance, { maxLength: 4 }), fc.nat(), (others, choice) => {
        const heartbeats = [
          ...always,
          ...others.flatMap(({ from, to }, n) => watching(`other ${n}`, from, to, { ended: to < NOW })),
        ].filter(({ lastAt }) => lastAt > FROM - DAY)
        expect(report({ heartbeats }).verdict).toBe('safe')
        const candidates = heartbeats.filter(
          (beat) =>
            beat.lastAt > FROM &&
            heartbeats.some((one) => one !== beat && one.instance === beat.instance && one.lastAt > FROM - DAY),
        )
        const missing = candidates[choice % candidates.length]
        expect(report({ heartbeats: heartbeats.filter((beat) => beat !== missing) }).verdict).toBe(
          'not_enough_evidence',
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('the trend', () => {
  const falling = (people: readonly number[]) =>
    people.flatMap((count, n) =>
      Array.from({ length: count }, (_, user) => sighting(`user-${user}`, NOW - (people.length - n) * DAY)),
    )

  it('says when nobody would be left, and a window after that', () => {
    const { trend, eta } = report({
      seen: falling([20, 18, 16, 14, 12, 10]),
      heartbeats: watching('one', NOW - 6 * DAY - 15 * HOUR, NOW),
    })
    expect(trend).toMatchObject({ days: 6, perDay: -2 })
    expect(new Date(trend.emptyAt!).toISOString()).toBe('2026-06-25T00:00:00.000Z')
    expect(eta).toBe(trend.emptyAt! + 14 * DAY)
  })

  it('promises nothing where as many come as before, or too few days were watched', () => {
    expect(report({ seen: falling(Array.from({ length: 13 }, () => 5)) })).toMatchObject({
      trend: { emptyAt: null },
      eta: null,
    })
    const young = report({ seen: falling([9, 5, 1]), heartbeats: watching('one', NOW - 3 * DAY, NOW) })
    expect(young).toMatchObject({ trend: { days: 2, perDay: null, emptyAt: null }, eta: null })
  })
})
