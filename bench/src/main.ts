// `npm run bench`: every group in one run, printed as one table.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GROUPS } from './groups.js'
import { record } from './report/results.js'
import type { GroupResult } from './report/summary.js'
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

async function measure(name: string): Promise<GroupResult> {
  const child = fork(fileURLToPath(new URL('./measure.js', import.meta.url)), options.quick ? [name, 'quick'] : [name])
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name}: ended with ${code}`)
  })
  failed.catch(() => {})
  const [result] = (await Promise.race([once(child, 'message'), failed])) as [GroupResult]
  return result
}

const NAMES = GROUPS.map(({ name }) => name)
const unknown = options.only.filter((name) => !NAMES.includes(name))
if (unknown.length > 0) throw new Error(`--only ${unknown.join(', ')}: there are ${NAMES.join(', ')}`)
if (options.record && options.quick) throw new Error('--quick is too short to record')

const results: GroupResult[] = []
for (const name of NAMES) {
  if (options.redraw) break
  if (options.only.length > 0 && !options.only.includes(name)) continue
  const result = await measure(name)
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
