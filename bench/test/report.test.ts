import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fillPage } from '../src/report/page.js'
import { plotOf } from '../src/report/plot.js'
import { summaryOf, type GroupResult, type Summary } from '../src/report/summary.js'
import { tableOf } from '../src/report/table.js'
import type { Row } from '../src/row.js'

const ROWS: Row[] = [
  {
    what: 'RS256 & <974> bytes',
    unit: 'µs',
    peerName: 'fast-jwt',
    limitName: 'the raw primitive',
    series: { ours: [25, 26, 27], limit: [20, 20, 20], peer: [26, 26, 26] },
    target: { figure: 'ours / limit', atMost: 1.25 },
  },
]
const RESULT: GroupResult = {
  name: 'some',
  title: 'Some group',
  at: '2026-11-21T00:00:00.000Z',
  node: 'v20.20.2',
  cpu: 'Some CPU',
  cores: 2,
  seconds: 1,
  rows: ROWS.map(summaryOf),
}

const SUMMARY = '<!-- bench:summary --><!-- /bench:summary --><!-- bench:short --><!-- /bench:short -->'
const at = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('the report', () => {
  it('says for each row what was asked and whether it is met', () => {
    expect(RESULT.rows[0]).toMatchObject({ figure: 1.3, met: false, series: { ours: { median: 26 } } })
    const [, , line] = tableOf(RESULT.rows).split('\n')
    expect(line).toMatch(/\| ours \/ limit \| 1\.30 \| ≤ 1\.25 \| not met \|$/)
  })

  it('aligns every line of the table', () => {
    const lengths = tableOf(RESULT.rows)
      .split('\n')
      .map((line) => line.length)
    expect(new Set(lengths).size).toBe(1)
  })

  it('draws the same plot from the same figures, and escapes what it writes', () => {
    const plot = plotOf(RESULT)
    expect(plotOf(RESULT)).toBe(plot)
    expect(plot).toContain('RS256 &amp; &lt;974> bytes')
    expect(plot.match(/<rect /g)).toHaveLength(3)
    expect(plot).toContain('prefers-color-scheme:dark')
  })

  it('fills its place of a page and leaves the rest alone', () => {
    const page = `before\n\n${SUMMARY}\n\n<!-- bench:some -->\n\nold\n\n<!-- /bench:some -->\n\nafter\n`
    const filled = fillPage(page, [RESULT])
    expect(filled).not.toContain('old')
    expect(filled).toMatch(/^before\n[^]*plots\/some\.svg[^]*\nafter\n$/)
    expect(fillPage(filled, [RESULT])).toBe(filled)
    expect(() => fillPage(SUMMARY, [RESULT])).toThrow('no place for some')
  })

  it('says how many times as fast ours is, whichever way a row is measured', () => {
    const [row] = RESULT.rows as [Summary]
    const beside = (unit: string, figure: Summary['target']['figure']) => ({
      ...row,
      unit,
      target: { figure },
      figure: 4,
    })
    const rows = [row, beside('µs', 'ours / peer'), beside('µs', 'peer / ours'), beside('requests/s', 'ours / peer')]
    const page = fillPage(`${SUMMARY}<!-- bench:some --><!-- /bench:some -->`, [{ ...RESULT, rows }])
    expect([...page.matchAll(/\| fast-jwt +\| +([\d.]+) \|$/gm)].map(([, times]) => Number(times))).toEqual([
      0.25, 4, 4,
    ])
  })

  it('names each target that is not met', () => {
    const page = fillPage(SUMMARY, [])
    expect(page).toContain('0 of 0 targets are met.')
    const filled = fillPage(`${SUMMARY}<!-- bench:some --><!-- /bench:some -->`, [RESULT])
    expect(filled).toContain('0 of 1 targets are met. Not met:')
    expect(filled).toContain('ours / limit (fast-jwt) is 1.30, asked ≤ 1.25')
  })
})

describe('docs/performance.md', () => {
  const { groups } = JSON.parse(at('bench/results/latest.json')) as { groups: GroupResult[] }

  it('shows the figures that a run wrote down, and no others', () => {
    expect(groups.length).toBeGreaterThan(0)
    expect(fillPage(at('docs/performance.md'), groups)).toBe(at('docs/performance.md'))
  })

  it.each(groups.map((group) => [group.name, group] as const))('shows the plot of them: %s', (name, group) => {
    expect(at(`docs/plots/${name}.svg`)).toBe(plotOf(group))
  })
})
