// Three processes of one API on a real PostgreSQL under load, while an operator moves everybody forward and back.
// `CALLERS=50 PHASE_MS=1000 npm run test:fleet` is a short one.
import { pnpm } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
await step('build', () =>
  pnpm(['--filter', './packages/{core,hono,postgres,testing}', 'run', 'build', '--no-dts', '--silent']),
)
await step('fleet', () => node(tool('vitest'), ['run', '--config', 'test/fleet/vitest.config.ts']))
