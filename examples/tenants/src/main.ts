import { makeCalls } from './calls.js'
import { start } from './start.js'

const running = await start(process.env['DATABASE_URL'])
try {
  console.log(`\nThe API ${running.url}, the provider ${running.idp.issuer}\n`)
  const calls = await makeCalls(running)
  for (const { shows, seen, expected } of calls)
    console.log(`${shows.padEnd(48)} ${seen}${seen === expected ? '' : `   WRONG: must be ${expected}`}`)
  const wrong = calls.filter(({ seen, expected }) => seen !== expected).length
  console.log(`\n${calls.length} steps, ${wrong === 0 ? 'each as it must be' : `${wrong} wrong`}.`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  await running.close()
}
