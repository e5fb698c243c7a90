import { makeCalls } from './show/calls.js'
import { start } from './show/start.js'

const begun = performance.now()
const { DATABASE_URL, PORT, BCRYPT_COST, SESSION_TIMEOUT_MINUTES, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET } = process.env
const running = await start({
  databaseUrl: DATABASE_URL,
  ...(PORT !== undefined && { port: Number(PORT) }),
  ...(BCRYPT_COST !== undefined && { bcryptCost: Number(BCRYPT_COST) }),
  ...(SESSION_TIMEOUT_MINUTES !== undefined && { sessionMinutes: Number(SESSION_TIMEOUT_MINUTES) }),
  ...(GOOGLE_CLIENT_ID !== undefined &&
    GOOGLE_CLIENT_SECRET !== undefined && {
      google: { clientId: GOOGLE_CLIENT_ID, clientSecret: GOOGLE_CLIENT_SECRET },
    }),
})
try {
  const { url, secondUrl, internalUrl } = running
  console.log(`\nThe API ${url}, a second service ${secondUrl}, the port for operators ${internalUrl}\n`)
  const { calls, tables, isWatched } = await makeCalls(running)
  for (const { shows, seen, expected, measured } of calls) {
    const isRight = seen === expected
    const short = seen.length > 60 ? '…' : seen
    const more = [short, measured].filter((part) => part !== undefined).join('   ')
    console.log(`${shows.padEnd(56)} ${more}${isRight ? '' : `   WRONG: must be ${expected}, is ${seen}`}`)
  }
  for (const { title, rows } of tables) {
    console.log(`\n${title}`)
    for (const [first = '', ...others] of rows)
      console.log(`  ${first.padEnd(40)} ${others.map((cell) => cell.padEnd(26)).join(' ')}`.trimEnd())
  }
  if (!isWatched) console.log('\nNo Prometheus is installed: its six names and the alert were left out.')
  const wrong = calls.filter(({ seen, expected }) => seen !== expected).length
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`\n${calls.length} steps in ${seconds} s, ${wrong === 0 ? 'each as it must be' : `${wrong} wrong`}.`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  await running.close()
}
