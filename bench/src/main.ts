// `npm run bench`: every group in one run, printed as one table.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { GROUPS } from './groups.js'
import type { Group } from './group.js'
import { record, writeSamples } from './report/results.js'
import { summaryOf, type GroupResult } from './report/summary.js'
import { tableOf } from './report/table.js'

const { values: options } = parseArgs({
  options: {
    // Shows that the bench works; too short to quote.
    quick: { type: 'boolean', default: false },
    // Measures the groups with this name; may be repeated.
    only: { type: 'string', multiple: true, default: [] },
    // Writes bench/results, the plots and the tables of docs/performance.md.
    record: { type: 'boolean', default: false },
    // Measures nothing: draws plots and tables from what was recorded before.
    redraw: { type: 'boolean', default: false },
  },
})

async function measure(group: Group): Promise<GroupResult> {
  const startedAt = performance.now()
  const rows = await group.measure({ quick: options.quick })
  writeSamples(group.name, rows)
  return {
    name: group.name,
    title: group.title,
    at: new Date().toISOString(),
    node: process.version,
    cores: cpus().length,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    rows: rows.map(summaryOf),
  }
}

const NAMES = GROUPS.map(({ name }) => name)
const unknown = options.only.filter((name) => !NAMES.includes(name))
if (unknown.length > 0) throw new Error(`--only ${unknown.join(', ')}: there are ${NAMES.join(', ')}`)
if (options.record && options.quick) throw new Error('--quick is too short to record')

const results: GroupResult[] = []
for (const group of GROUPS) {
  if (options.redraw) break
  if (options.only.length > 0 && !options.only.includes(group.name)) continue
  const result = await measure(group)
  results.push(result)
  console.log(`${result.title}: ${result.seconds} s`)
}
if (!options.redraw) {
  console.log(`\n${tableOf(results.flatMap(({ rows }) => rows))}`)
  console.log('\nMedians; the figure is the median over neighbouring turns.')
}
if (options.quick) console.log('--quick: too short to quote.')
if (options.record || options.redraw) record(results, NAMES)
process.exit()
