import { describe, expect, it } from 'vitest'
import { figureOf, isMet } from '../src/row.js'

describe('a row of the bench', () => {
  it('compares neighbouring turns, so that a slow moment counts for nobody', () => {
    const series = { ours: [10, 100, 11], limit: [5, 50, 5] }
    expect(figureOf({ series, target: { figure: 'ours / limit' } })).toBe(2)
  })

  it('knows how much slower, how much faster and how much more', () => {
    const series = { ours: [2, 2], peer: [8, 8], bare: [1.5, 1.5] }
    expect(figureOf({ series, target: { figure: 'ours / peer' } })).toBe(0.25)
    expect(figureOf({ series, target: { figure: 'peer / ours' } })).toBe(4)
    expect(figureOf({ series, target: { figure: 'ours − bare' } })).toBe(0.5)
    expect(figureOf({ series, target: { figure: 'ours' } })).toBe(2)
  })

  it('refuses to compare with what was not measured', () => {
    expect(() => figureOf({ series: { ours: [1] }, target: { figure: 'ours / peer' } })).toThrow('no sample of peer')
  })

  it('meets a target at its bound, and none where none is asked', () => {
    expect(isMet({ figure: 'ours', atMost: 2 }, 2)).toBe(true)
    expect(isMet({ figure: 'ours', atMost: 2 }, 2.01)).toBe(false)
    expect(isMet({ figure: 'ours', atLeast: 2 }, 1.99)).toBe(false)
    expect(isMet({ figure: 'ours' }, 1)).toBeNull()
  })
})
