/** One minute between two values, as promtool writes them: `0+6x20` is 0, 6, … 120. */
export interface AlertCase {
  readonly alert: string
  readonly says: string
  readonly series: Readonly<Record<string, string>>
  /** In minutes: when it fires, and when it does not. */
  readonly firesAt: readonly number[]
  readonly quietAt: readonly number[]
}

const requests = (outcome: string, more = ''): string =>
  `dualauth_requests_total{job="api",instance="1",provider="legacy",outcome="${outcome}"${more}}`
const cache = (result: string): string =>
  `dualauth_cache_requests_total{job="api",instance="1",cache="verification",provider="legacy",result="${result}"}`
const verify = (part: string, le = ''): string =>
  `dualauth_verify_duration_seconds_${part}{job="api",instance="1",provider="legacy",result="accepted"${le}}`
const exchange = (result: string, reason: string): string =>
  `dualauth_exchange_total{job="api",instance="1",migration="default",from="legacy",to="none",result="${result}",reason="${reason}"}`
const shadow = (one: string, critical: boolean): string =>
  `dualauth_shadow_mismatches_total{job="api",instance="1",migration="default",class="${one}",critical="${critical}"}`
const gauge = (name: string, labels: string): string => `dualauth_${name}{job="api",${labels}}`
const PARTNER = 'instance="1",provider="partner"'
const DEFAULT = 'instance="1",migration="default"'

/** Of the usual thresholds, but for the silence of the old side, which is half an hour here. */
export const CASES: readonly AlertCase[] = [
  {
    alert: 'AuthSystemErrors',
    says: 'fires while one request in twenty is a 503, and clears',
    series: { [requests('accepted')]: '0+60x60', [requests('unavailable')]: '0+3x20 60x40' },
    firesAt: [15, 20],
    quietAt: [3, 40],
  },
  {
    alert: 'AuthSystemErrors',
    says: 'is quiet below the minimum of traffic',
    series: { [requests('accepted')]: '0+1x60', [requests('unavailable')]: '0+1x60' },
    firesAt: [],
    quietAt: [15, 40],
  },
  {
    alert: 'AuthSystemErrors',
    says: 'is quiet where nothing was ever unavailable',
    series: { [requests('accepted')]: '0+60x60' },
    firesAt: [],
    quietAt: [15],
  },
  {
    alert: 'AuthSystemErrorsHigh',
    says: 'fires while one request in seven is a 503, and clears',
    series: { [requests('accepted')]: '0+60x60', [requests('unavailable')]: '0+10x20 200x40' },
    firesAt: [15],
    quietAt: [40],
  },
  {
    alert: 'AuthSystemErrorsHigh',
    says: 'is quiet where that is less than one in twenty',
    series: { [requests('accepted')]: '0+60x60', [requests('unavailable')]: '0+3x60' },
    firesAt: [],
    quietAt: [15, 40],
  },
  {
    alert: 'AuthSuccessLow',
    says: 'fires while a third is refused, and clears',
    series: { [requests('accepted')]: '0+60x60', [requests('refused')]: '0+30x20 600x40' },
    firesAt: [15],
    quietAt: [40],
  },
  {
    alert: 'AuthSuccessLow',
    says: 'fires where nothing was ever accepted',
    series: { [requests('refused')]: '0+60x60' },
    firesAt: [15],
    quietAt: [],
  },
  {
    alert: 'AuthSuccessLow',
    says: 'does not count requests without a credential',
    series: { [requests('accepted')]: '0+60x60', [requests('missing')]: '0+600x60' },
    firesAt: [],
    quietAt: [15],
  },
  {
    alert: 'VerifyLatencyP95',
    says: 'fires while verifying takes more than 0.2 s, and clears',
    series: {
      [verify('bucket', ',le="0.1"')]: '0x20 0+60x60',
      [verify('bucket', ',le="0.5"')]: '0+60x80',
      [verify('bucket', ',le="+Inf"')]: '0+60x80',
      [verify('count')]: '0+60x80',
    },
    firesAt: [15],
    quietAt: [40],
  },
  {
    alert: 'CacheHitLow',
    says: 'fires while two in three are not remembered, and clears',
    series: { [cache('hit')]: '0+30x30 900+600x60', [cache('miss')]: '0+60x30 1800+6x60' },
    firesAt: [25],
    quietAt: [55],
  },
  {
    alert: 'CacheHitLow',
    says: 'does not count bad credentials',
    series: { [cache('hit')]: '0+60x60', [cache('miss')]: '0+6x60', [cache('unusable')]: '0+600x60' },
    firesAt: [],
    quietAt: [25],
  },
  {
    alert: 'CacheHitLow',
    says: 'is quiet about a verifier that remembers nothing',
    series: { [cache('miss')]: '0+60x60' },
    firesAt: [],
    quietAt: [25],
  },
  {
    alert: 'SessionsDrop',
    says: 'fires where a third of the sessions ended within an hour, and clears',
    series: { [gauge('active_sessions', 'instance="1",provider="better-auth"')]: '100x60 66x120' },
    firesAt: [70],
    quietAt: [30, 130],
  },
  {
    alert: 'SessionsDrop',
    says: 'is quiet about a handful of sessions',
    series: { [gauge('active_sessions', 'instance="1",provider="better-auth"')]: '10x60 1x120' },
    firesAt: [],
    quietAt: [70],
  },
  {
    alert: 'JwksStale',
    says: 'fires while old keys cannot be fetched, and clears when they were',
    series: {
      [gauge('jwks_age_seconds', PARTNER)]: '0+60x30 0+1x60',
      [gauge('jwks_max_age_seconds', PARTNER)]: '600x100',
      [gauge('jwks_refresh_total', `${PARTNER},result="failed"`)]: '_x10 1+1x20 22x60',
    },
    firesAt: [20, 30],
    quietAt: [5, 40],
  },
  {
    alert: 'JwksStale',
    says: 'is quiet about old keys that nobody asks for',
    series: {
      [gauge('jwks_age_seconds', PARTNER)]: '0+60x60',
      [gauge('jwks_max_age_seconds', PARTNER)]: '600x60',
    },
    firesAt: [],
    quietAt: [40],
  },
  {
    alert: 'PolicySplit',
    says: 'fires while an instance lags behind, and clears',
    series: {
      [gauge('policy_version', 'instance="1",migration="default"')]: '1x5 2x60',
      [gauge('policy_version', 'instance="2",migration="default"')]: '1x20 2x40',
    },
    firesAt: [15],
    quietAt: [8, 30],
  },
  {
    alert: 'PolicySourceDown',
    says: 'fires while a source has not answered for five minutes, and clears',
    series: { [gauge('policy_refresh_timestamp_seconds', DEFAULT)]: '0+60x10 600x20 1920+60x20' },
    firesAt: [20],
    quietAt: [10, 40],
  },
  {
    alert: 'ShadowCritical',
    says: 'fires at the first critical difference of its kind, and clears when there are no more',
    series: { [shadow('privilege_gain', true)]: '_x9 1x50' },
    firesAt: [10, 13],
    quietAt: [8, 30],
  },
  {
    alert: 'ShadowCritical',
    says: 'is quiet where the new side only grants less',
    series: { [shadow('privilege_loss', false)]: '0+5x60' },
    firesAt: [],
    quietAt: [15, 40],
  },
  {
    alert: 'LegacyMintedAfterCutoff',
    says: 'fires at the very first one, and clears',
    series: { [gauge('legacy_refused_total', `${DEFAULT},reason="issued_after_cut_off"`)]: '_x10 1x40' },
    firesAt: [12],
    quietAt: [30],
  },
  {
    alert: 'LegacyReappeared',
    says: 'fires where the old side is used after a silence, and clears',
    series: { [gauge('legacy_last_accept_timestamp_seconds', DEFAULT)]: '60x40 2460x60' },
    firesAt: [42],
    quietAt: [30, 60],
  },
  {
    alert: 'LegacyReappeared',
    says: 'is quiet while the old side is in use',
    series: { [gauge('legacy_last_accept_timestamp_seconds', DEFAULT)]: '0+60x90' },
    firesAt: [],
    quietAt: [10, 45, 80],
  },
  {
    alert: 'NobodyLegacyButStageDual',
    says: 'fires once nobody has used the old side for long, and clears when somebody does',
    series: {
      [gauge('policy_stage', `${DEFAULT},stage="dual"`)]: '1x100',
      [gauge('policy_version', DEFAULT)]: '1x100',
      [requests('accepted', ',migration="default",side="old",stage="dual"')]: '5x60 6+1x40',
    },
    firesAt: [45],
    quietAt: [10, 70],
  },
  {
    alert: 'ExchangeFailing',
    says: 'fires while the minter fails, and clears',
    series: { [exchange('minted', 'none')]: '0+60x60', [exchange('unavailable', 'none')]: '0+30x20 600x40' },
    firesAt: [15],
    quietAt: [40],
  },
  {
    alert: 'ExchangeFailing',
    says: 'fires where what is minted is refused and nothing ever succeeded',
    series: { [exchange('refused', 'mismatch')]: '0+60x20 1200x40' },
    firesAt: [15],
    quietAt: [40],
  },
  {
    alert: 'ExchangeFailing',
    says: 'is quiet about people whom the rollout leaves where they are',
    series: { [exchange('refused', 'cohort')]: '0+60x60', [exchange('minted', 'none')]: '0+6x60' },
    firesAt: [],
    quietAt: [15],
  },
  {
    alert: 'ConflictsOpen',
    says: 'fires while conflicts wait for an hour, and clears; two instances count them once',
    series: {
      [gauge('conflicts_open', 'instance="1",kind="email_taken"')]: '2x90 0x30',
      [gauge('conflicts_open', 'instance="2",kind="email_taken"')]: '2x90 0x30',
    },
    firesAt: [70],
    quietAt: [30, 100],
  },
  {
    alert: 'ImportStalled',
    says: 'fires while items wait and nothing moves, and clears when nothing waits',
    series: {
      [gauge('import_items', 'instance="1",target="workos",state="pending"')]: '5x30 0x30',
      [gauge('import_items', 'instance="1",target="workos",state="done"')]: '10x60',
    },
    firesAt: [20],
    quietAt: [5, 40],
  },
  {
    alert: 'ImportStalled',
    says: 'is quiet while items are being done',
    series: {
      [gauge('import_items', 'instance="1",target="workos",state="pending"')]: '600-10x60',
      [gauge('import_items', 'instance="1",target="workos",state="done"')]: '0+10x60',
    },
    firesAt: [],
    quietAt: [20, 40],
  },
]
