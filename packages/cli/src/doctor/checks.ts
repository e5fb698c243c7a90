import { clocks } from './checks/clocks.js'
import { construction } from './checks/construction.js'
import { keySets } from './checks/key-sets.js'
import { links } from './checks/links.js'
import { origins } from './checks/origins.js'
import { provider } from './checks/provider.js'
import { redisKeys } from './checks/redis-keys.js'
import { samples } from './checks/samples.js'
import { schema } from './checks/schema.js'
import { secrets } from './checks/secrets.js'
import { sources } from './checks/sources.js'
import { tables } from './checks/tables.js'
import type { Check, Context } from './context.js'
import { deniedOn } from '../failure.js'
import { memberOf } from '../read/auth-module.js'
import { warning, type Finding } from './finding.js'

/** In the order in which they are printed. If two findings have the same code and subject, the first is kept. */
const CHECKS: readonly Check[] = [
  construction,
  origins,
  secrets,
  keySets,
  provider,
  tables,
  schema,
  links,
  redisKeys,
  sources,
  clocks,
  samples,
]

export async function findingsOf(context: Context): Promise<readonly Finding[]> {
  const all: Finding[] = []
  for (const check of CHECKS)
    all.push(...(await Promise.resolve(check(context)).catch((error) => [failed(check, error)])))
  return all.filter(
    ({ code, subject }, place) => all.findIndex((one) => one.code === code && one.subject === subject) === place,
  )
}

/** A check that fails, for example for lack of a Redis permission, does not prevent the others. */
function failed({ name }: Check, error: unknown): Finding {
  const code = String(memberOf(error, 'code') ?? memberOf(error, 'message') ?? '')
  const [words = 'it threw'] = /^(?:[A-Z][A-Z0-9_]{2,30}|[A-Z0-9]{5})(?= |$)/.exec(code) ?? []
  const denied = code === '42501' ? `: the role lacks a privilege ${deniedOn(error)}` : ''
  const mend =
    'Let the doctor read there: give its role of the database SELECT (docs/cli.md, "Privileges"), and its user of Redis EXISTS, SCAN and TIME.'
  return warning('check_failed', name, `This check could not be made (${words})${denied}.`, mend)
}
