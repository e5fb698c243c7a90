import { describe, expect, it } from 'vitest'
import { cutOff, cutOffRule, earliestLossFree } from '../../src/migration/cut-off.js'
import type { CutOff, PolicyDocument } from '../../src/index.js'
import { START } from '../support/clock.js'
import { createMove, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'

const HOUR = 3_600_000
const T = START
const iso = (at: number): string => new Date(at).toISOString()
const RULE: CutOff = { refuseIssuedAfter: iso(T), acceptUntil: iso(T + 10 * HOUR), maxAgeSeconds: 5 * 3_600 }

describe('the cut-off', () => {
  it.each([
    // issued, judged, both in hours from T
    ['issued before the end, and young', -1, 2, null],
    ['issued within the minute of tolerance', 0.016, 1, null],
    ['issued after the end', 0.02, 1, 'issued_after_cut_off'],
    ['issued long before the end', -5, 1, 'too_old'],
    ['issued just young enough for the end', -4.99, 9.9, null],
    ['at the end of acceptance', -1, 10, 'acceptance_over'],
    ['before the old side ended, of its usual age', -8, -4, null],
    ['before the old side ended, too old', -9.1, -4, 'too_old'],
    ['undated, before the old side ended', null, -1, 'undated'],
    ['undated, after it', null, 1, 'undated'],
  ] as const)('%s', (_name, issued, judged, expected) => {
    const issuedAt = issued === null ? null : (T + issued * HOUR) / 1000
    expect(cutOff(cutOffRule(RULE), issuedAt, T + judged * HOUR)).toBe(expected)
  })

  it('lets an undated credential pass until the old side ends, where no age is asked', () => {
    const rule = cutOffRule({ refuseIssuedAfter: iso(T) })
    expect(cutOff(rule, null, T - 1)).toBeNull()
    expect(cutOff(rule, null, T)).toBe('undated')
    expect(cutOff(cutOffRule({ refuseIssuedAfter: iso(T), undated: 'accept' }), null, T)).toBeNull()
  })

  it('says from when on nobody is refused any more', () => {
    expect(earliestLossFree({})).toBeNull()
    expect(earliestLossFree({ refuseIssuedAfter: iso(T) })).toBeNull()
    expect(earliestLossFree({ refuseIssuedAfter: iso(T), maxAgeSeconds: 3_600 })).toBe(T + 60_000 + HOUR)
    expect(earliestLossFree(RULE)).toBe(T + 60_000 + 5 * HOUR)
    expect(earliestLossFree({ acceptUntil: iso(T) })).toBe(T)
  })
})

describe('the cut-off on a request', () => {
  const policy = (stage: PolicyDocument['stage'], cutOff: CutOff): PolicyDocument => ({ version: 1, stage, cutOff })
  const token = bearer(oldToken('ada'))

  it('is asked on every request, also of a remembered credential', async () => {
    const { auth, clock } = createMove({ policy: policy('prefer-new', { acceptUntil: iso(START + 10_000) }) })
    expect(await outcome(auth, token)).toBe('200 ada by legacy')
    clock.advance(10_000)
    expect(await outcome(auth, token)).toBe('401 legacy_retired')
  })

  it('tells the operator that something still issues on the old side', async () => {
    const { auth, events } = createMove({ policy: policy('dual', { refuseIssuedAfter: iso(START - HOUR) }) })
    expect(await outcome(auth, token)).toBe('401 legacy_retired')
    expect(events.findLast(({ type }) => type === 'refused')).toMatchObject({ reason: 'issued_after_cut_off' })
  })

  it('locks nobody out where the move has not begun, or was taken back', async () => {
    const { auth } = createMove({ policy: policy('off', { acceptUntil: iso(START - HOUR) }) })
    expect(await outcome(auth, token)).toBe('200 ada by legacy')
  })
})
