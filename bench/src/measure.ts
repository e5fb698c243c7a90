// One group in a process of its own, so that code that one has worn in does not count against the next:
// `node measure.js <name> [quick]`.
import { cpus } from 'node:os'
import { GROUPS } from './groups.js'
import { writeSamples } from './report/results.js'
import { summaryOf, type GroupResult } from './report/summary.js'

async function measure(name: string, quick: boolean): Promise<GroupResult> {
  const group = GROUPS.find((one) => one.name === name)
  if (group === undefined) throw new Error(`there is no group ${name}`)
  const startedAt = performance.now()
  const rows = await group.measure({ quick })
  writeSamples(name, rows)
  return {
    name,
    title: group.title,
    at: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    rows: rows.map(summaryOf),
  }
}

const [, , name = '', length] = process.argv
const result = await measure(name, length === 'quick')
process.send?.(result, () => process.exit())
