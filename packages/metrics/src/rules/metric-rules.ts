import { object, parseOptions, verifierName } from '@dualauth/core/settings'
import { stringify } from 'yaml'
import * as z from 'zod/mini'
import { alertRules } from './alerts.js'
import { recordingRules } from './recording.js'
import type { RuleFile } from './rule.js'
import { DEFAULTS, type Thresholds } from './thresholds.js'

/** The options of `metricRules`. */
export interface RuleOptions {
  /** The name of the Better Auth verifier, for the recording rules. Default `better-auth`. */
  readonly provider?: string
  /** Thresholds that differ from the defaults. */
  readonly thresholds?: Partial<Thresholds>
}

const duration = z.string('a duration of Prometheus, such as 5m').check(z.regex(/^(\d+(ms|[smhdwy]))+$/))
const number = z.number('a number of 0 or more').check(z.minimum(0))

const schema = object({
  provider: z._default(verifierName, 'better-auth'),
  thresholds: z._default(
    object(
      Object.fromEntries(
        Object.entries(DEFAULTS).map(([name, value]) => [
          name,
          z.exactOptional((typeof value === 'number' ? number : duration) as z.ZodMiniType<string | number>),
        ]),
      ),
    ),
    {},
  ),
})

/**
 * Recording rules and alerts for Prometheus.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function metricRules(options: RuleOptions = {}): RuleFile {
  const { provider, thresholds } = parseOptions(schema, options, 'metricRules')
  return {
    groups: [
      { name: 'dualauth-records', rules: recordingRules(provider) },
      { name: 'dualauth-alerts', rules: alertRules({ ...DEFAULTS, ...(thresholds as Partial<Thresholds>) }) },
    ],
  }
}

/** The same as a rule file, in YAML. */
export function printRules(options: RuleOptions = {}): string {
  return stringify(metricRules(options), { lineWidth: 0 })
}
