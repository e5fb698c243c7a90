// Installs, builds and prints how every credential in every state is answered in every framework.
import { pnpm } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
await step('build', () => pnpm(['--filter', './packages/*', 'run', 'build', '--no-dts']))
process.exit(await node(tool('tsx'), ['src/main.ts'], { cwd: new URL('../examples/matrix', import.meta.url) }))
