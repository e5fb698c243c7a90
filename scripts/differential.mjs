// Both ports of the cryptography judge the same mutated credentials, of the built package:
// `npm run test:differential -- 100000`.
import { node, step } from './run.mjs'
import { pnpm } from './pnpm.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
await step('build', () => pnpm(['--filter', './packages/{core,testing}', 'run', 'build', '--no-dts']))
await step('compare', () => node('test/differential/main.mjs', process.argv.slice(2)))
