import { alert, grew } from './expressions.js'
import type { AlertRule } from './rule.js'
import type { Thresholds } from './thresholds.js'

/** What the new side would decide differently. Nobody is affected yet: the old side decides. */
export function shadowAlerts({ window }: Thresholds): readonly AlertRule[] {
  const critical = grew('dualauth_shadow_mismatches_total{critical="true"}', window)
  return [
    alert('ShadowCritical', 'warning', undefined, `sum by (job, migration, class) (${critical}) > 0`, [
      'The new side would give away what the old one keeps',
      'The comparison of {{ $labels.migration }} found {{ $labels.class }}: see the events shadow_mismatch, and go on to no further stage.',
    ]),
  ]
}
