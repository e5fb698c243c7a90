import { CURL_LINES, shellVariables } from './curl.js'
import { startDemo } from './demo.js'
import { renderTable, wrongCells } from './table.js'

const DAY_SECONDS = 86_400

const serve = process.argv.includes('--serve')
const startedAt = performance.now()
const demo = await startDemo()
try {
  const rows = await demo.run()
  const frameworks = Object.keys(demo.apis.urls)
  console.log(`\n${renderTable(rows, frameworks)}\n`)

  const wrong = rows.flatMap(wrongCells)
  const cells = rows.length * frameworks.length
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  for (const problem of wrong) console.error(`WRONG  ${problem}`)
  console.log(
    wrong.length === 0
      ? `${cells} answers to ${rows.length} calls, each as it must be: status, id, verifier, code, challenge, Retry-After (${seconds} s).`
      : `${wrong.length} wrong, in ${cells} answers to ${rows.length} calls (${seconds} s).`,
  )
  process.exitCode = wrong.length === 0 ? 0 : 1

  if (serve) {
    console.log('\nThe servers are up, on loopback only, until Ctrl-C:')
    for (const [framework, url] of Object.entries(demo.apis.urls)) console.log(`${framework.padEnd(8)} ${url}`)
    console.log("\nPaste this first: Ada's credentials, good for a day. $API may be $HONO or $FASTIFY as well.\n")
    console.log(shellVariables(demo.apis.urls, await demo.mint(DAY_SECONDS)).join('\n'))
    console.log('\nThen any of these:\n')
    for (const { title, status, line } of CURL_LINES) console.log(`# ${title}: ${status}\n${line}`)
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
    })
  }
} finally {
  await demo.close()
}
