import { newest, rate, requests, series, sum, type Row } from './panel.js'

const oldAccepted = requests('outcome="accepted",side="old"', 'migration')
const bothAccepted = requests('outcome="accepted",side=~"old|new"', 'migration')
const pending = newest(series('users', 'status="pending"'), 'migration')
export const MIGRATION: Row = {
  title: 'Migration',
  panels: [
    {
      title: 'Stage',
      unit: 'short',
      kind: 'stat',
      queries: { '{{migration}}: {{stage}}': `${newest(series('policy_stage'), 'migration, stage')} == 1` },
    },
    {
      title: 'Share of the old side',
      unit: 'percentunit',
      queries: { '{{migration}}': `(${oldAccepted} or 0 * ${bothAccepted}) / (${bothAccepted} > 0)` },
    },
    {
      title: 'People, by how far they have moved',
      unit: 'short',
      queries: { '{{migration}} {{status}}': newest(series('users'), 'migration, status') },
    },
    {
      title: 'Until nobody is pending, at the pace of a day',
      unit: 's',
      kind: 'stat',
      queries: {
        '{{migration}}': `${pending} / (max by (migration) (-deriv(${series('users', 'status="pending"')}[1d])) > 0)`,
      },
      emptyWhere: 'nobody moved within a day',
    },
    {
      title: 'Rollout',
      unit: 'percentunit',
      queries: { '{{migration}}': newest(series('rollout_ratio'), 'migration') },
    },
    {
      title: 'Chosen side, of sign-ins and exchanges',
      unit: 'ops',
      queries: { '{{migration}} {{arm}} {{reason}}': sum(rate('cohort_total'), 'migration, arm, reason') },
    },
    {
      title: 'Since the old side was used',
      unit: 's',
      kind: 'stat',
      queries: { '{{migration}}': `time() - ${newest(series('legacy_last_accept_timestamp_seconds'), 'migration')}` },
    },
    {
      title: 'Refused on the old side, by reason',
      unit: 'reqps',
      queries: { '{{migration}} {{reason}}': sum(rate('legacy_refused_total'), 'migration, reason') },
    },
    { title: 'Conflicts that wait', unit: 'short', queries: { '{{kind}}': newest(series('conflicts_open'), 'kind') } },
  ],
}

export const SHADOW: Row = {
  title: 'Shadow',
  panels: [
    {
      title: 'Comparisons, by result',
      unit: 'ops',
      queries: {
        '{{migration}} {{comparison}} {{result}}': sum(
          rate('shadow_comparisons_total'),
          'migration, comparison, result',
        ),
      },
      emptyWhere: 'no migration compares its sides',
    },
    {
      title: 'Differences, by class',
      unit: 'ops',
      queries: { '{{migration}} {{class}}': sum(rate('shadow_mismatches_total'), 'migration, class') },
      emptyWhere: 'both sides always agreed',
    },
    {
      title: 'Comparisons that were dropped',
      unit: 'ops',
      queries: { '{{migration}}': sum(rate('shadow_dropped_total'), 'migration') },
      emptyWhere: 'none was',
    },
  ],
}

export const MOVING: Row = {
  title: 'Exchange and import',
  panels: [
    {
      title: 'Sessions carried across',
      unit: 'ops',
      queries: { '{{migration}} {{result}}': sum(rate('exchange_total'), 'migration, result') },
    },
    {
      title: 'Not carried across, by reason',
      unit: 'ops',
      queries: {
        '{{from}} {{result}} {{reason}}': sum(rate('exchange_total', 'result!="minted"'), 'from, result, reason'),
      },
    },
    {
      title: 'Import',
      unit: 'short',
      queries: { '{{target}} {{state}}': newest(series('import_items'), 'target, state') },
    },
    {
      title: 'Linked people, by how',
      unit: 'short',
      queries: { '{{provider}} {{how}}': newest(series('links', 'state="active"'), 'provider, how') },
      emptyWhere: 'everybody is known by an own id, and nobody was linked',
    },
    {
      title: 'Imported a second',
      unit: 'ops',
      queries: { '{{target}}': `max by (target) (deriv(${series('import_items', 'state="done"')}[5m]))` },
    },
  ],
}

export const STATE: Row = {
  title: 'Policy and keys',
  panels: [
    {
      title: 'Policy version, by instance',
      unit: 'short',
      queries: { '{{instance}} {{migration}}': newest(series('policy_version'), 'instance, migration') },
    },
    {
      title: 'Since the source of the policy answered',
      unit: 's',
      queries: {
        '{{instance}} {{migration}}': `time() - ${newest(series('policy_refresh_timestamp_seconds'), 'instance, migration')}`,
      },
    },
    {
      title: 'Mistakes of the source',
      unit: 'ops',
      queries: { '{{migration}} {{reason}}': sum(rate('policy_errors_total'), 'migration, reason') },
    },
    {
      title: 'Age of keys',
      unit: 's',
      queries: {
        '{{instance}} {{provider}}': newest(series('jwks_age_seconds'), 'instance, provider'),
        'at most {{provider}}': newest(series('jwks_max_age_seconds'), 'provider'),
      },
    },
    {
      title: 'Fetches of keys',
      unit: 'ops',
      queries: { '{{provider}} {{result}}': sum(rate('jwks_refresh_total'), 'provider, result') },
    },
    {
      title: 'Revocations',
      unit: 'ops',
      queries: { '{{kind}} {{source}}': sum(rate('revocations_total'), 'kind, source') },
    },
  ],
}

export const MENDING: Row = {
  title: 'To be mended',
  panels: [
    {
      title: 'Endpoints that failed',
      unit: 'ops',
      queries: { '{{endpoint}} {{code}}': sum(rate('endpoint_failures_total'), 'endpoint, code') },
    },
    {
      title: 'Warnings',
      unit: 'ops',
      queries: { '{{type}}': sum(rate('warnings_total'), 'type') },
      emptyWhere: 'nothing has to be mended',
    },
    {
      title: 'Evidence that could not be written',
      unit: 'ops',
      queries: { '{{migration}}': sum(rate('usage_flush_failures_total'), 'migration') },
      emptyWhere: 'evidence was always written',
    },
    {
      title: 'Sessions refreshed on the way',
      unit: 'ops',
      queries: { '{{provider}} {{result}}': sum(rate('session_refresh_total'), 'provider, result') },
      emptyWhere: 'no verifier refreshes sessions',
    },
    {
      title: 'Figures of the database',
      unit: 'short',
      queries: { '{{instance}} {{collector}}': newest(series('collector_up'), 'instance, collector') },
    },
  ],
}
