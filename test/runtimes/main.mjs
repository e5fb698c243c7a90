// Node, Bun and Deno.
import { smoke } from './smoke.mjs'

const results = await smoke()
const failed = results.filter(({ ok }) => !ok)
for (const { name, detail } of failed) console.error(`FAILED ${name}: ${detail}`)
console.log(`${results.length - failed.length} of ${results.length} cases`)
if (failed.length > 0 || results.length === 0) throw new Error('The smoke test failed.')
