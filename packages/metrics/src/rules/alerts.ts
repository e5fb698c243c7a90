import { alert, grew } from './expressions.js'
import { legacyAlerts } from './legacy-alerts.js'
import type { AlertRule } from './rule.js'
import { shadowAlerts } from './shadow-alerts.js'
import type { Thresholds } from './thresholds.js'

const JUDGED = 'outcome=~"accepted|refused|unavailable"'

/** What alerts of rates are made of: each holds for one job, whatever the number of its instances. */
export function alertRules(thresholds: Thresholds): readonly AlertRule[] {
  return [
    ...requestAlerts(thresholds),
    ...keyAlerts(thresholds),
    ...policyAlerts(thresholds),
    ...legacyAlerts(thresholds),
    ...shadowAlerts(thresholds),
    ...moveAlerts(thresholds),
  ]
}

function requestAlerts(limits: Thresholds): readonly AlertRule[] {
  const { window, cacheWindow, minRequestsPerSecond: minimum } = limits
  const rate = (selector: string): string => `sum by (job) (rate(dualauth_requests_total{${selector}}[${window}]))`
  const traffic = `and on (job) ${rate(JUDGED)} > ${minimum}`
  const errors = `${rate('outcome="unavailable"')} / ${rate(JUDGED)}`
  const looked = (result: string): string =>
    `sum by (job, provider) (rate(dualauth_cache_requests_total{result=~"${result}"}[${cacheWindow}]))`
  /** A verifier that never remembers has no misses. */
  const remembers = 'sum by (job, provider) (dualauth_cache_requests_total{result="hit"}) > 0'
  const buckets = `sum by (job, le) (rate(dualauth_verify_duration_seconds_bucket[${window}]))`
  const verified = `sum by (job) (rate(dualauth_verify_duration_seconds_count[${window}]))`
  const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`
  return [
    alert('AuthSystemErrors', 'warning', limits.for, `${errors} > ${limits.errorRatio} ${traffic}`, [
      'Credentials cannot be judged',
      `More than ${percent(limits.errorRatio)} of the requests are answered 503: see dualauth_outages_total for what does not answer.`,
    ]),
    alert('AuthSystemErrorsHigh', 'page', limits.for, `${errors} > ${limits.criticalErrorRatio} ${traffic}`, [
      'Many credentials cannot be judged',
      `More than ${percent(limits.criticalErrorRatio)} of the requests are answered 503.`,
    ]),
    // Refusals have a series as soon as there is one; accepted requests may have none at all.
    alert(
      'AuthSuccessLow',
      'page',
      limits.for,
      `1 - ${rate('outcome=~"refused|unavailable"')} / ${rate(JUDGED)} < ${limits.successRatio} ${traffic}`,
      [
        'Few credentials are accepted',
        `Less than ${percent(limits.successRatio)} of those that were sent: see dualauth_requests_total by provider and reason.`,
      ],
    ),
    alert(
      'VerifyLatencyP95',
      'warning',
      limits.for,
      `histogram_quantile(0.95, ${buckets}) > ${limits.verifyP95Seconds} and on (job) ${verified} > ${minimum}`,
      ['Verifying is slow', `One verification in twenty takes longer than ${limits.verifyP95Seconds} s.`],
    ),
    alert(
      'CacheHitLow',
      'warning',
      limits.cacheFor,
      `1 - ${looked('miss')} / ${looked('hit|miss')} < ${limits.cacheHitRatio} and on (job, provider) ${looked('hit|miss')} > ${minimum} and on (job, provider) ${remembers}`,
      [
        'Few credentials are remembered',
        `Less than ${percent(limits.cacheHitRatio)} of those of {{ $labels.provider }}: see dualauth_cache_evictions_total; where tokens live for seconds, that is right.`,
      ],
    ),
    alert(
      'SessionsDrop',
      'warning',
      undefined,
      `max by (job, provider) (dualauth_active_sessions) < ${1 - limits.sessionsDropRatio} * ` +
        `(max by (job, provider) (dualauth_active_sessions offset ${limits.sessionsWindow}) > ${limits.minSessions})`,
      [
        'Sessions have ended at once',
        `More than ${percent(limits.sessionsDropRatio)} of the sessions of {{ $labels.provider }} ended within ${limits.sessionsWindow}.`,
      ],
    ),
  ]
}

function keyAlerts({ keysWindow, for: wait }: Thresholds): readonly AlertRule[] {
  const oldest = (name: string): string => `max by (job, provider) (dualauth_jwks_${name}_seconds)`
  const failed = grew('dualauth_jwks_refresh_total{result="failed"}', keysWindow)
  return [
    // Keys that nobody needs are not fetched, and may be old.
    alert(
      'JwksStale',
      'page',
      wait,
      `${oldest('age')} > ${oldest('max_age')} and on (job, provider) sum by (job, provider) (${failed}) > 0`,
      [
        'Keys cannot be fetched',
        'The keys of {{ $labels.provider }} are too old, and cannot be fetched. The last good ones count until staleIfErrorMs has passed.',
      ],
    ),
  ]
}

function policyAlerts({ policySplitFor, policySourceSeconds }: Thresholds): readonly AlertRule[] {
  const version = 'dualauth_policy_version'
  return [
    alert(
      'PolicySplit',
      'warning',
      policySplitFor,
      `max by (job, migration) (${version}) - min by (job, migration) (${version}) > 0`,
      [
        'Instances have different policies',
        'Some instances have not seen the newest policy of {{ $labels.migration }}.',
      ],
    ),
    alert(
      'PolicySourceDown',
      'warning',
      undefined,
      `time() - min by (job, migration) (dualauth_policy_refresh_timestamp_seconds) > ${policySourceSeconds}`,
      [
        'The source of a policy does not answer',
        'An instance has not heard of the source of {{ $labels.migration }}; the last good policy counts.',
      ],
    ),
  ]
}

function moveAlerts(limits: Thresholds): readonly AlertRule[] {
  const { window, minExchangesPerSecond: minimum, importWindow } = limits
  const exchanges = (selector: string): string =>
    `sum by (job, migration) (rate(dualauth_exchange_total{${selector}}[${window}]))`
  const outage = exchanges('result="unavailable"')
  const mistake = exchanges('reason=~"mismatch|stronger|longer"')
  const waiting = (offset = ''): string =>
    `sum by (job, target) (max by (job, target, state) (dualauth_import_items{state=~"pending|claimed"}${offset})) > 0`
  const moved = `sum by (job, target) (max by (job, target, state) (changes(dualauth_import_items[${importWindow}])))`
  return [
    alert(
      'ExchangeFailing',
      'warning',
      limits.for,
      // Of two series that may be missing, either one is enough.
      `(${outage} + ${mistake} or ${outage} or ${mistake}) / ${exchanges('')} > ${limits.exchangeFailureRatio} ` +
        `and on (job, migration) ${exchanges('')} > ${minimum}`,
      [
        'Sessions are not carried across',
        'The minter of {{ $labels.migration }} fails, or mints what is refused: see dualauth_exchange_total by reason.',
      ],
    ),
    alert(
      'ConflictsOpen',
      'warning',
      limits.conflictsFor,
      `sum by (job) (max by (job, kind) (dualauth_conflicts_open)) > ${limits.conflictsOpen}`,
      ['Conflicts wait for a decision', '{{ $value }} people cannot sign in on the new side before somebody decides.'],
    ),
    alert(
      'ImportStalled',
      'warning',
      undefined,
      `${waiting()} and on (job, target) ${waiting(` offset ${importWindow}`)} and on (job, target) ${moved} == 0`,
      [
        'An import stands still',
        `Nothing has moved into {{ $labels.target }} for ${importWindow}, and {{ $value }} items wait.`,
      ],
    ),
  ]
}
