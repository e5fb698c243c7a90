// Everything that must hold before a change is merged, on a machine that has only Node and npm.
// The tests come last, so that their summary is the last thing printed.
import { pnpm } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'
import { installServers } from './servers.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))

await step('build', () => pnpm(['--filter', './packages/*', 'run', 'build']))
await step('lint', () => node('scripts/lint.mjs'))
await step('format', () => node(tool('prettier'), ['--check', '.']))
await step('types', () => node('scripts/typecheck.mjs'))
await step('unused code', () => node(tool('knip'), ['--no-config-hints']))

await step('servers for tests', installServers)

// Arguments go to vitest: `npm test -- --project core`.
const status = await node(tool('vitest'), ['run', ...process.argv.slice(2)])
process.exit(status)
