// All sources, tests and type tests; each published package as strictly as its declarations are
// built; and the core once more without any Node type and on its Web side.
import { existsSync } from 'node:fs'
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

const tsc = tool('typescript', 'tsc')
let failed = 0
for (const project of PROJECTS) {
  const status = await node(tsc, ['--project', project, '--pretty', 'false'])
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${project}`)
  failed ||= status
}
process.exit(failed)
