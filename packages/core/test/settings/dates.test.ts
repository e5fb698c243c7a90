import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDateTime, isDay } from '../../src/settings/dates.js'

const MAX = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

describe('a moment that an operator writes down', () => {
  it.each([
    '1970-01-01T00:00:00Z',
    '2026-03-01T00:00Z',
    '2026-03-01T00:00:00.5+02:00',
    '2028-02-29T00:00:00Z',
    '2000-02-29T23:59:59-15:59',
    '9999-12-31T23:59:59.999Z',
  ])('is %s', (value) => {
    expect(isDateTime(value)).toBe(true)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-04-31T00:00:00+02:00',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-00T00:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T23:60:00Z',
    '2026-03-01T23:59:60Z',
    '2026-03-01T00:00:00+24:00',
    '2026-03-01T00:00:00',
    '2026-03-01',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-00:01',
    '10000-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    ' 2026-03-01T00:00:00Z',
    '2026-03-01T00:00:00Z\n',
  ])('is not %j', (value) => {
    expect(isDateTime(value)).toBe(false)
  })

  it('is what a computer writes of any moment from 1970 to 9999, and of no other', () => {
    const moment = fc.integer({ min: -MAX, max: 2 * MAX })
    fc.assert(fc.property(moment, (at) => isDateTime(new Date(at).toISOString()) === (at >= 0 && at <= MAX)))
  })

  it('names the day that it is in, wherever its time zone is UTC', () => {
    const [number, two] = [fc.integer({ min: 1970, max: 9999 }), fc.integer({ min: 1, max: 31 })]
    const month = fc.integer({ min: 1, max: 12 })
    fc.assert(
      fc.property(number, month, two, (year, month, day) => {
        const written = [year, month, day].map((part) => String(part).padStart(2, '0')).join('-')
        const exists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
        expect(isDay(written)).toBe(exists)
        expect(isDateTime(`${written}T00:00:00Z`)).toBe(exists)
      }),
    )
  })
})
