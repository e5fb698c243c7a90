import { startPostgres } from '@dualauth/servers'
import { makeCalls } from './calls.js'
import { start } from './start.js'

const { DATABASE_URL, PEOPLE = '10000', EACH = '20' } = process.env
const server = DATABASE_URL === undefined ? await startPostgres() : null
const running = await start({
  databaseUrl: DATABASE_URL ?? server!.url,
  people: Number(PEOPLE),
  each: Number(EACH),
  say: (text) => void process.stdout.write(text),
})
try {
  const calls = await makeCalls(running)
  console.log()
  for (const { shows, seen, expected } of calls) {
    const isRight = seen === expected
    const short = seen.length > 60 ? `${seen.slice(0, 57)}...` : seen
    console.log(`${shows.padEnd(48)} ${short}${isRight ? '' : `   WRONG: must be ${expected}, is ${seen}`}`)
  }
  const wrong = calls.filter(({ seen, expected }) => seen !== expected).length
  console.log(`\n${calls.length} looks, ${wrong === 0 ? 'everything as it must be' : `${wrong} wrong`}.`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  await running.close()
  await server?.close()
}
