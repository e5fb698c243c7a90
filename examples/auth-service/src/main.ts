import { makeCalls } from './calls.js'
import { makeSignInCalls } from './sign-in-calls.js'
import { start } from './start.js'

const running = await start(process.env['DATABASE_URL'])
try {
  const calls = [...(await makeCalls(running)), ...(await makeSignInCalls(running))]
  for (const { shows, seen, expected } of calls)
    console.log(`${shows.padEnd(40)} ${seen}${seen === expected ? '' : `   WRONG: must be ${expected}`}`)
  const wrong = calls.filter(({ seen, expected }) => seen !== expected).length
  console.log(`\n${calls.length} calls, ${wrong === 0 ? 'each answered as it must be' : `${wrong} answered wrongly`}.`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  await running.close()
}
