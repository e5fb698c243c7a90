import { makeCalls } from './calls.js'
import { populate } from './people.js'
import { start } from './start.js'

const running = await start(process.env['DATABASE_URL'])
if (process.argv.includes('--serve')) {
  populate(running)
  await running.importAll()
  console.log(`\nThe application ${running.url}, its WorkOS ${running.workos.origin}. Ctrl-C ends both.\n`)
  process.once('SIGINT', () => void running.close())
} else {
  try {
    const calls = await makeCalls(running)
    for (const { shows, seen, expected } of calls)
      console.log(`${shows.padEnd(40)} ${seen}${seen === expected ? '' : `   WRONG: must be ${expected}`}`)
    const wrong = calls.filter(({ seen, expected }) => seen !== expected).length
    console.log(`\n${calls.length} steps, ${wrong === 0 ? 'each as it must be' : `${wrong} wrong`}.`)
    process.exitCode = wrong === 0 ? 0 : 1
  } finally {
    await running.close()
  }
}
