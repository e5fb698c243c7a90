// Everything that must hold before a change is merged, on a machine that has only Node and npm.
// The tests come last, so that their summary is the last thing printed.
import { pnpm } from './pnpm.mjs'
import { node, sideBySide, step, tool } from './run.mjs'
import { installServers } from './servers.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))

await step('build', () => pnpm(['--filter', './packages/*', 'run', 'build']))
// After the build, which puts files of its own beside the sources for a while.
await sideBySide({
  lint: ['scripts/lint.mjs'],
  format: [tool('prettier'), ['--check', '.']],
  'unused code': [tool('knip'), ['--no-config-hints']],
})
await step('types', () => node('scripts/typecheck.mjs'))

await step('servers for tests', installServers)

// Arguments go to vitest: `npm test -- --project core`.
const status = await node(tool('vitest'), ['run', ...process.argv.slice(2)])
process.exit(status)
