import { alert, grew } from './expressions.js'
import type { AlertRule } from './rule.js'
import type { Thresholds } from './thresholds.js'

/** What should not happen on the old side of a migration, or no longer happens. */
export function legacyAlerts({ window, legacySilence, legacySilenceSeconds }: Thresholds): readonly AlertRule[] {
  const minted = grew('dualauth_legacy_refused_total{reason="issued_after_cut_off"}', window)
  const last = 'dualauth_legacy_last_accept_timestamp_seconds'
  const known = `max by (job, migration) (max_over_time(${last}[30d] offset ${window}))`
  const steered = 'max by (job, migration) (dualauth_policy_stage{stage=~"dual|prefer-new"}) == 1'
  const accepted = 'dualauth_requests_total{side="old",outcome="accepted"}'
  return [
    alert('LegacyMintedAfterCutoff', 'page', undefined, `sum by (job, migration) (${minted}) > 0`, [
      'Somebody still issues on the old side',
      'A genuine credential of the old side of {{ $labels.migration }} was issued after the cut-off: a login was forgotten, or a key is in other hands.',
    ]),
    alert(
      'LegacyReappeared',
      'warning',
      undefined,
      `max by (job, migration) (${last}) - on (job, migration) ${known} > ${legacySilenceSeconds}`,
      [
        'The old side is used again',
        `After ${legacySilence} without it, a credential of the old side of {{ $labels.migration }} was accepted.`,
      ],
    ),
    alert(
      'NobodyLegacyButStageDual',
      'info',
      undefined,
      `${steered} and on (job, migration) max by (job, migration) (dualauth_policy_version offset ${legacySilence}) > 0 ` +
        `unless on (job, migration) sum by (job, migration) (${grew(accepted, legacySilence)}) > 0`,
      [
        'The old side can go',
        `Nobody has used the old side of {{ $labels.migration }} for ${legacySilence}: ask \`dualauth retire\`.`,
      ],
    ),
  ]
}
