import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Row } from '../row.js'
import { fillPage } from './page.js'
import { plotOf } from './plot.js'
import type { GroupResult } from './summary.js'

/** Seen from `bench/dist`. */
const ROOT = new URL('../../', import.meta.url)
const RESULTS = new URL('bench/results/latest.json', ROOT)
const PAGE = new URL('docs/performance.md', ROOT)
const PLOTS = new URL('docs/plots/', ROOT)

/** Every sample, so that a later run can be compared. */
export function writeSamples(group: string, rows: readonly Row[]): void {
  const folder = new URL('.cache/bench/', ROOT)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL(`${group}.json`, folder), `${JSON.stringify(rows)}\n`)
}

/** Keeps the figures of these groups beside those of the others, draws all plots and fills the page. */
export function record(results: readonly GroupResult[], order: readonly string[]): void {
  const known = existsSync(RESULTS)
    ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as { groups: GroupResult[] }).groups
    : []
  const kept = known.filter(({ name }) => results.every((result) => result.name !== name))
  mkdirSync(new URL('bench/results/', ROOT), { recursive: true })
  mkdirSync(PLOTS, { recursive: true })
  const groups = [...kept, ...results].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  writeFileSync(RESULTS, `${JSON.stringify({ groups }, null, 2)}\n`)
  for (const result of groups) writeFileSync(new URL(`${result.name}.svg`, PLOTS), plotOf(result))
  writeFileSync(PAGE, fillPage(readFileSync(PAGE, 'utf8'), groups))
}
