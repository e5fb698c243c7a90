import { clocks } from './checks/clocks.js'
import { construction } from './checks/construction.js'
import { keySets } from './checks/key-sets.js'
import { origins } from './checks/origins.js'
import { provider } from './checks/provider.js'
import { redisKeys } from './checks/redis-keys.js'
import { samples } from './checks/samples.js'
import { schema } from './checks/schema.js'
import { secrets } from './checks/secrets.js'
import { sources } from './checks/sources.js'
import { tables } from './checks/tables.js'
import type { Check, Context } from './context.js'
import type { Finding } from './finding.js'

/** In the order in which they are printed; of two findings of one code about one thing the first is kept. */
const CHECKS: readonly Check[] = [
  construction,
  origins,
  secrets,
  keySets,
  provider,
  tables,
  schema,
  redisKeys,
  sources,
  clocks,
  samples,
]

export async function findingsOf(context: Context): Promise<readonly Finding[]> {
  const all: Finding[] = []
  for (const check of CHECKS) all.push(...(await check(context)))
  return all.filter(
    ({ code, subject }, place) => all.findIndex((one) => one.code === code && one.subject === subject) === place,
  )
}
