import { describe, expect, it } from 'vitest'
import {
  BEARER_ONLY,
  carriageOf,
  carries,
  onlyIn,
  shareCarrier,
  type Carriage,
  type Carriers,
} from '../../src/route/carriers.js'

const none: Carriage = { bearer: false, schemes: [], headers: [], cookies: [] }

describe('the option carriers', () => {
  it.each<[Carriers | undefined, Partial<Carriage>]>([
    [undefined, { bearer: true }],
    [['bearer'], { bearer: true }],
    [['bare'], { schemes: [''] }],
    [[{ scheme: 'Token' }, { scheme: 'JWT' }], { schemes: ['Token', 'JWT'] }],
    [[{ scheme: 'BEARER' }], { bearer: true }],
    [[{ header: 'X-Access-Token' }], { headers: ['x-access-token'] }],
    [[{ cookie: 'Session' }], { cookies: ['Session'] }],
    [
      ['bearer', 'bare', { header: 'a' }, { cookie: 'b' }],
      { bearer: true, schemes: [''], headers: ['a'], cookies: ['b'] },
    ],
  ])('%j is read as %j', (carriers, expected) => {
    expect(carriageOf(carriers)).toEqual({ ...none, ...expected })
  })

  it('has short forms', () => {
    expect(BEARER_ONLY).toEqual({ bearer: true, headers: [], cookies: [] })
    expect(onlyIn({ cookies: ['a'] })).toEqual({ bearer: false, headers: [], cookies: ['a'] })
    expect(onlyIn({ headers: ['a'] })).toEqual({ bearer: false, headers: ['a'], cookies: [] })
  })
})

const ONES: readonly [string, Carriage, Parameters<typeof carries>[1], string][] = [
  ['a bearer', { ...none, bearer: true }, 'bearer', 'authorization'],
  ['a scheme', { ...none, schemes: ['Token'] }, 'scheme', 'token'],
  ['no scheme', { ...none, schemes: [''] }, 'scheme', ''],
  ['a header', { ...none, headers: ['same'] }, 'header', 'same'],
  ['a cookie', { ...none, cookies: ['same'] }, 'cookie', 'same'],
]

describe.each(ONES)('%s', (title, carriage, carrier, name) => {
  it.each(ONES)(`carries what travelled there, and not: %s`, (other, otherCarriage, otherCarrier, otherName) => {
    expect(carries(carriage, otherCarrier, otherName)).toBe(title === other)
    expect(shareCarrier(carriage, otherCarriage)).toBe(title === other)
  })

  it('carries it under its own name only', () => {
    expect(carries(carriage, carrier, `${name}2`)).toBe(carrier === 'bearer')
    const { schemes: _, ...without } = none
    expect(carries(without, carrier, name)).toBe(false)
    expect(shareCarrier(without, carriage)).toBe(false)
  })
})

it('knows one scheme in any case', () => {
  expect(shareCarrier({ ...none, schemes: ['TOKEN'] }, { ...none, schemes: ['jwt', 'token'] })).toBe(true)
})
