// All sources, tests and type tests, by TypeScript 7, in a quarter of the time of 5.9, which builds the
// declarations and reads them as users do; each published package as strictly as its declarations are
// built; and the core once more without any Node type and on its Web side.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { packages } from './packages.mjs'
import { root } from './pnpm.mjs'
import { node, tool } from './run.mjs'

const PROJECTS = [
  'tsconfig.json',
  ...packages().flatMap(({ folder }) => [`packages/${folder}/tsconfig.json`, `packages/${folder}/tsconfig.web.json`]),
  'bench/tsconfig.json',
  // A program of its own: what it registers holds for everything in it.
  'test/registered/tsconfig.json',
].filter((project) => existsSync(join(root, project)))

const tsc = tool('typescript-7', 'tsc')
const waiting = [...PROJECTS]
let failed = 0

/** Each takes one processor; the first, with all tests in it, takes as long as the others together. */
async function worker() {
  for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
    const status = await node(tsc, ['--project', project, '--pretty', 'false'])
    console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${project}`)
    failed ||= status
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
process.exit(failed)
