import type { Rule } from './rule.js'

const PER_PROCESS = 'sum by (job, instance)'

/**
 * Names that dashboards of the old monitoring use. Each process keeps its own totals, so that `rate` notices a restart.
 *
 * @param provider The name of the Better Auth verifier.
 */
export function recordingRules(provider: string): readonly Rule[] {
  const of = `provider="${provider}"`
  const requests = (more = ''): string => `${PER_PROCESS} (dualauth_requests_total{${of}${more}})`
  const cache = (more = ''): string => `${PER_PROCESS} (dualauth_cache_requests_total{${of}${more}})`
  /** A series that does not exist yet is 0, if the provider is known. */
  const orZero = (expression: string, known: string): string => `${expression} or 0 * ${known}`
  return [
    { record: 'better_auth_attempts_total', expr: requests() },
    { record: 'better_auth_success_total', expr: orZero(requests(',outcome="accepted"'), requests()) },
    { record: 'better_auth_failures_total', expr: orZero(requests(',outcome!="accepted"'), requests()) },
    { record: 'better_auth_token_validations_total', expr: cache() },
    { record: 'better_auth_token_cache_hits_total', expr: orZero(cache(',result="hit"'), cache()) },
    // Several instances may report the figure of the same database.
    { record: 'better_auth_active_sessions', expr: `max by (job) (dualauth_active_sessions{${of}})` },
  ]
}
