// Installs, builds and runs the bench on the built packages, as their users get them. Arguments
// after `--` reach it: `npm run bench -- --quick`. `--soak [seconds]` runs the soak instead, `--import [people]` an import.
import { pnpm } from './pnpm.mjs'
import { node, step } from './run.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
// Declarations take most of a build's time, and nothing here reads them.
await step('build packages', () => pnpm(['--filter', './packages/*', 'run', 'build', '--no-dts', '--silent']))
await step('build bench', () => pnpm(['--filter', './bench', 'run', 'build']))
const [first, ...rest] = process.argv.slice(2)
if (first === '--soak') await step('soak', () => node('bench/dist/soak/main.js', rest))
else if (first === '--import') await step('import', () => node('--expose-gc', ['bench/dist/import/main.js', ...rest]))
else await step('bench', () => node('bench/dist/main.js', process.argv.slice(2)))
