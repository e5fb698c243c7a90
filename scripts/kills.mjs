// Kills processes in the middle of what they write to a real PostgreSQL, 50 times for each act of test/kills, and looks
// at what is left. `KILLS=500 npm run test:kills` does it more often.
import { pnpm } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
await step('build', () =>
  pnpm(['--filter', './packages/{core,postgres,import,testing}', 'run', 'build', '--no-dts', '--silent']),
)
await step('kill', () => node(tool('vitest'), ['run', '--config', 'test/kills/vitest.config.ts']))
