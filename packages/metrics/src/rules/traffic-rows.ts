import { JUDGED, newest, quantile, rate, requests, series, share, sum, type Panel, type Row } from './panel.js'

export const OVERVIEW: Row = {
  title: 'Overview',
  panels: [
    {
      title: 'Accepted',
      unit: 'percentunit',
      kind: 'stat',
      queries: { accepted: share(requests('outcome="accepted"'), requests(JUDGED)) },
    },
    {
      title: 'Could not be judged',
      unit: 'percentunit',
      kind: 'stat',
      queries: { unavailable: share(requests('outcome="unavailable"'), requests(JUDGED)) },
    },
    {
      title: 'Decided within, 99 %',
      unit: 's',
      kind: 'stat',
      queries: { p99: quantile(0.99, 'request_duration_seconds') },
    },
    {
      title: 'Remembered',
      unit: 'percentunit',
      kind: 'stat',
      queries: {
        hit: share(
          sum(rate('cache_requests_total', 'result="hit"')),
          sum(rate('cache_requests_total', 'result=~"hit|miss"')),
        ),
      },
    },
    {
      title: 'Active sessions',
      unit: 'short',
      kind: 'stat',
      queries: { '{{provider}}': newest(series('active_sessions'), 'provider') },
    },
    {
      title: 'People moved',
      unit: 'percentunit',
      kind: 'stat',
      queries: {
        '{{migration}}':
          `sum by (migration) (${newest(series('users', 'status!="pending"'), 'migration, status')})` +
          ` / (sum by (migration) (${newest(series('users'), 'migration, status')}) > 0)`,
      },
    },
  ],
}

export const TRAFFIC: Row = {
  title: 'Traffic',
  panels: [
    {
      title: 'Accepted, by provider',
      unit: 'reqps',
      queries: { '{{provider}}': requests('outcome="accepted"', 'provider') },
    },
    {
      title: 'Refused, by provider and reason',
      unit: 'reqps',
      queries: { '{{provider}} {{code}} {{reason}}': requests('outcome="refused"', 'provider, code, reason') },
    },
    {
      title: 'Could not be judged, by what did not answer',
      unit: 'reqps',
      queries: { '{{source}}': sum(rate('outages_total'), 'source') },
    },
    { title: 'Without a credential', unit: 'reqps', queries: { missing: requests('outcome="missing"') } },
    {
      title: 'Permissions that were missing',
      unit: 'reqps',
      queries: { '{{provider}} {{code}}': sum(rate('denied_total'), 'provider, code') },
    },
    {
      title: 'Did not decide',
      unit: 'reqps',
      queries: {
        'ignored {{provider}} {{code}}': sum(rate('ignored_total'), 'provider, code'),
        ambiguous: sum(rate('ambiguous_total')),
      },
      emptyWhere: 'no credential was unusable beside another one',
    },
  ],
}

const quantiles = (name: string): Panel['queries'] => ({
  '50 %': quantile(0.5, name),
  '95 %': quantile(0.95, name),
  '99 %': quantile(0.99, name),
})
export const LATENCY: Row = {
  title: 'Latency',
  panels: [
    { title: 'Decision', unit: 's', queries: quantiles('request_duration_seconds') },
    { title: 'Verification', unit: 's', queries: quantiles('verify_duration_seconds') },
    {
      title: 'Verification, 95 %, by provider',
      unit: 's',
      queries: { '{{provider}}': quantile(0.95, 'verify_duration_seconds', 'provider') },
    },
    {
      title: 'Look-ups in memory',
      unit: 'ops',
      queries: {
        '{{result}}': sum(rate('cache_requests_total'), 'result'),
        evicted: sum(rate('cache_evictions_total')),
      },
      emptyWhere: 'nothing was evicted',
    },
  ],
}
