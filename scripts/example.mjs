// Installs, builds and runs one of examples/ on a machine that has only Node and npm. Arguments after `--`
// reach it: `npm run demo -- --serve`.
import { pnpm } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'

const [name, ...args] = process.argv.slice(2)

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
// Without declarations: they take most of the time, and nothing that runs needs them.
await step('build', () => pnpm(['--filter', './packages/*', 'run', 'build', '--no-dts']))

// Ctrl-C reaches the example by itself: it closes its servers and decides the exit status. A SIGTERM is passed on.
const stop = new AbortController()
process.on('SIGINT', () => {})
process.on('SIGTERM', () => stop.abort())
const child = node(tool('tsx'), ['src/main.ts', ...args], {
  cwd: new URL(`../examples/${name}/`, import.meta.url),
  stdio: 'inherit',
  signal: stop.signal,
})
process.exit(await child.catch((error) => (error.name === 'AbortError' ? 0 : Promise.reject(error))))
