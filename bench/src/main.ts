// `npm run bench`: everything in one run, printed as one table. `--quick` is a smoke test of the bench.
import { measureHttp } from './http.js'
import { measureInProcess } from './in-process.js'
import { tableOf, writeReport } from './report.js'

const quick = process.argv.includes('--quick')
const startedAt = performance.now()

const rows = [
  ...(await measureInProcess(quick ? 6 : 40)),
  ...(await measureHttp(quick ? { rounds: 3, seconds: 0.2 } : { rounds: 5, seconds: 2 })),
]
const seconds = Math.round((performance.now() - startedAt) / 1000)

console.log(tableOf(rows))
console.log(
  `\nMedians; ratios are medians of the quotients of neighbouring turns. ${seconds} s, Node ${process.version}.`,
)
if (quick) console.log('--quick: too short to quote.')
console.log(`Every sample: ${writeReport(rows, { quick, seconds })}`)
