// All sources, tests and type tests; each published package as strictly as its declarations are
// built; and the core once more without any Node type and on its Web side.
import { node, tool } from './run.mjs'

const PROJECTS = [
  'tsconfig.json',
  'packages/core/tsconfig.json',
  'packages/core/tsconfig.web.json',
  'packages/express/tsconfig.json',
  'packages/hono/tsconfig.json',
  'packages/fastify/tsconfig.json',
  'packages/testing/tsconfig.json',
  'bench/tsconfig.json',
]

const tsc = tool('typescript', 'tsc')
let failed = 0
for (const project of PROJECTS) {
  const status = await node(tsc, ['--project', project, '--pretty', 'false'])
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${project}`)
  failed ||= status
}
process.exit(failed)
