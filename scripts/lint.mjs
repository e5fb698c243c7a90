// oxlint with type-aware rules, then the house rules that oxlint cannot express.
import { problemsOf, sources } from './check-rooms.mjs'
import { node, tool } from './run.mjs'

const status = await node(tool('oxlint'), ['--type-aware', '--deny-warnings'])
const problems = problemsOf(sources())
for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'House rules: nothing found.' : `House rules: ${problems.length} broken.`)
process.exit(status || (problems.length === 0 ? 0 : 1))
