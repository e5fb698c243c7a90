// Three processes of one API on a real PostgreSQL under load, while an operator moves everybody forward and back; and three with
// Redis and PostgreSQL behind a proxy, of which each is killed in turn.
// `CALLERS=50 PHASE_MS=1000 npm run test:fleet fleet` is a short one, and so is
// `CALLERS=10 REVOCATIONS=50 CHANGES=5 ROUNDS=1 OUTAGE_MS=1000 npm run test:fleet outages`.
import { pnpm } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
await step('build', () =>
  pnpm(['--filter', './packages/{core,hono,postgres,redis,testing}', 'run', 'build', '--no-dts', '--silent']),
)
await step('fleet', () =>
  node(tool('vitest'), ['run', '--config', 'test/fleet/vitest.config.ts', ...process.argv.slice(2)]),
)
