import type { HistogramInstrument, Instrument } from '../port/port.js'

const one = (name: string, help: string, labels: readonly string[]): Instrument => ({
  name: `dualauth_${name}`,
  help,
  labels,
})

/** From 0.1 ms, for a remembered credential, to longer than anybody waits. */
const BUCKETS: readonly number[] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5]

export type CounterName =
  | 'requests'
  | 'denied'
  | 'ignored'
  | 'ambiguous'
  | 'cache'
  | 'evictions'
  | 'revocations'
  | 'outages'
  | 'keyFetches'
  | 'sessionRefreshes'
  | 'cohorts'
  | 'exchanges'
  | 'endpointFailures'
  | 'policyErrors'
  | 'legacyRefused'
  | 'flushFailures'
  | 'shadowComparisons'
  | 'shadowMismatches'
  | 'shadowDropped'
  | 'warnings'

/** Names without the prefix `dualauth_`. */
export type GaugeName =
  | 'policy_version'
  | 'policy_stage'
  | 'policy_refresh_timestamp_seconds'
  | 'rollout_ratio'
  | 'legacy_last_accept_timestamp_seconds'
  | 'jwks_age_seconds'
  | 'jwks_max_age_seconds'
  | 'users'
  | 'conflicts_open'
  | 'import_items'
  | 'links'
  | 'active_sessions'
  | 'collector_up'

/** Counted from events. */
export const COUNTERS: Readonly<Record<CounterName, Instrument>> = {
  requests: one(
    'requests_total',
    'Decisions about requests; outcome: accepted, refused, unavailable, or missing where no credential was sent',
    ['provider', 'outcome', 'code', 'reason', 'migration', 'side', 'stage'],
  ),
  denied: one('denied_total', 'Principals that were known and may not do what they asked for', ['provider', 'code']),
  ignored: one('ignored_total', 'Unusable credentials that did not decide', ['provider', 'code']),
  ambiguous: one('ambiguous_total', 'Credentials that two verifiers own', []),
  cache: one(
    'cache_requests_total',
    'Look-ups of verifications; result: hit, miss, or unusable for what could not be remembered',
    ['cache', 'provider', 'result'],
  ),
  evictions: one('cache_evictions_total', 'Verifications dropped early for want of room', ['provider']),
  revocations: one('revocations_total', 'Revocations that took effect in this process', ['kind', 'source']),
  outages: one('outages_total', 'Times that a verifier, a store or the link could not answer', ['source']),
  keyFetches: one('jwks_refresh_total', 'Key sets; result: fetched, failed, or hydrated from another instance', [
    'provider',
    'result',
  ]),
  sessionRefreshes: one('session_refresh_total', 'Sessions refreshed on the way', ['provider', 'result']),
  cohorts: one('cohort_total', 'Sides chosen for sign-ins and exchanges: decisions, and not people', [
    'migration',
    'arm',
    'reason',
  ]),
  exchanges: one('exchange_total', 'Sessions carried across; result: minted, refused or unavailable', [
    'migration',
    'from',
    'to',
    'result',
    'reason',
  ]),
  endpointFailures: one('endpoint_failures_total', 'Endpoints that could not do their work', ['endpoint', 'code']),
  policyErrors: one('policy_errors_total', 'What was wrong with the source of a policy', ['migration', 'reason']),
  legacyRefused: one('legacy_refused_total', 'Credentials of the old side that the policy refused', [
    'migration',
    'reason',
  ]),
  flushFailures: one('usage_flush_failures_total', 'Outages during which evidence could not be written', ['migration']),
  shadowComparisons: one(
    'shadow_comparisons_total',
    'Decisions of the old side that were compared with what the new one would have decided; result: same, different, ignored or unknown',
    ['migration', 'comparison', 'result'],
  ),
  shadowMismatches: one(
    'shadow_mismatches_total',
    'Differences between the two sides; critical: somebody would get at what is not theirs',
    ['migration', 'class', 'critical'],
  ),
  shadowDropped: one('shadow_dropped_total', 'Comparisons that were not made because too many were under way', [
    'migration',
  ]),
  warnings: one('warnings_total', 'Events that say that something has to be mended', ['type']),
}

/** Only if the application lists organizations: each is a label. */
export const ORGANIZATIONS: Instrument = one(
  'organization_accepted_total',
  'Accepted requests of the organizations that are listed; other for those that are not',
  ['organization', 'migration', 'side'],
)

export const VERIFY_DURATION: HistogramInstrument = {
  ...one('verify_duration_seconds', 'How long a verifier judged a credential; what was remembered is not judged', [
    'provider',
    'result',
  ]),
  buckets: BUCKETS,
}

export const REQUEST_DURATION: HistogramInstrument = {
  ...one(
    'request_duration_seconds',
    'From the first look at a request to its decision, the look-up of the account included',
    ['outcome'],
  ),
  buckets: BUCKETS,
}

/** Current values. */
export const GAUGES: Readonly<Record<GaugeName, Instrument>> = {
  policy_version: one('policy_version', 'The version of the policy that counts in this process', ['migration']),
  policy_stage: one('policy_stage', '1 for the stage that counts in this process, 0 for the others', [
    'migration',
    'stage',
  ]),
  policy_refresh_timestamp_seconds: one(
    'policy_refresh_timestamp_seconds',
    'When the source of the policy answered last; only of sources that are asked again and again',
    ['migration'],
  ),
  rollout_ratio: one('rollout_ratio', 'The share that the rollout issues the new side for, from 0 to 1', ['migration']),
  legacy_last_accept_timestamp_seconds: one(
    'legacy_last_accept_timestamp_seconds',
    'When this process last accepted a credential of the old side',
    ['migration'],
  ),
  jwks_age_seconds: one('jwks_age_seconds', 'The age of the keys of a verifier, of its oldest key set', ['provider']),
  jwks_max_age_seconds: one('jwks_max_age_seconds', 'How old its key set may become before it is fetched again', [
    'provider',
  ]),
  users: one('users', 'People seen, by how far they have moved', ['migration', 'status']),
  conflicts_open: one('conflicts_open', 'Conflicts about accounts that wait for a decision', ['kind']),
  import_items: one('import_items', 'What an import holds, by its state', ['target', 'state']),
  links: one('links', 'Links of identities to accounts, by how they were made; state: active or ended', [
    'provider',
    'how',
    'state',
  ]),
  active_sessions: one('active_sessions', 'Sessions that have not ended', ['provider']),
  collector_up: one('collector_up', '1 where the figures of a collector could be read', ['collector']),
}
