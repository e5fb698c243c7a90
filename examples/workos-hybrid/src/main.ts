import { once } from 'node:events'
import { makeCalls } from './calls.js'
import { populate } from './people.js'
import { start, type Running } from './start.js'

const running = await start(process.env['DATABASE_URL'])
try {
  if (process.argv.includes('--serve')) await serve(running)
  else if (process.argv.includes('--screenshots')) await takeScreenshots(running)
  else await play(running)
} finally {
  await running.close()
}

async function play(app: Running): Promise<void> {
  const calls = await makeCalls(app)
  for (const { shows, seen, expected } of calls)
    console.log(`${shows.padEnd(40)} ${seen}${seen === expected ? '' : `   WRONG: must be ${expected}`}`)
  const wrong = calls.filter(({ seen, expected }) => seen !== expected).length
  console.log(`\n${calls.length} steps, ${wrong === 0 ? 'each as it must be' : `${wrong} wrong`}.`)
  process.exitCode = wrong === 0 ? 0 : 1
}

async function serve(app: Running): Promise<void> {
  populate(app)
  await app.importAll()
  console.log(`\nThe application ${app.url}, its WorkOS ${app.workos.origin}. Ctrl-C ends both.\n`)
  await once(process, 'SIGINT')
}

/** For whoever works on this example: it needs a browser. */
async function takeScreenshots(app: Running): Promise<void> {
  const module = await import('./screenshots.js')
  await module.takeScreenshots(app)
}
