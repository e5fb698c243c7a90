/** When alerts fire. Times are Prometheus durations, such as `5m`. */
export interface Thresholds {
  /** Requests per second below which ratios mean nothing. Default 0.1. */
  readonly minRequestsPerSecond: number
  /** The time over which ratios and quantiles are taken; twice as long for the cache. Default `5m`. */
  readonly window: string
  readonly cacheWindow: string
  /** How long a ratio or quantile must be out of bounds before an alert fires. Default `5m`, for the cache `10m`. */
  readonly for: string
  readonly cacheFor: string
  /** The share of requests that could not be judged. Default 0.01, and 0.05 to wake somebody. */
  readonly errorRatio: number
  readonly criticalErrorRatio: number
  /** The lowest share of credentials that are accepted. Default 0.9. */
  readonly successRatio: number
  /** Default 0.2. */
  readonly verifyP95Seconds: number
  /** The lowest share of good credentials that were remembered. Default 0.7. */
  readonly cacheHitRatio: number
  /** The share by which sessions may fall within `sessionsWindow`. Default 0.2 and `1h`. */
  readonly sessionsDropRatio: number
  readonly sessionsWindow: string
  /** The lowest number of sessions before the fall. Default 20. */
  readonly minSessions: number
  /** The time over which failed key fetches count. Default `15m`. */
  readonly keysWindow: string
  /** How long instances may have different policies. Default `5m`. */
  readonly policySplitFor: string
  /** How many seconds a source may fail to answer. Default 300. */
  readonly policySourceSeconds: number
  /** For how many seconds nobody must have used the old side before its use is news. Default 604800, seven days. */
  readonly legacySilenceSeconds: number
  /** The same as a duration, over which use is searched for. Default `7d`. */
  readonly legacySilence: string
  /** The share of exchanges that fail although the credential is good. Default 0.1. */
  readonly exchangeFailureRatio: number
  /** Exchanges per second below which that means nothing. Default 0.01. */
  readonly minExchangesPerSecond: number
  /** How many conflicts may be open, and for how long. Default 0 and `1h`. */
  readonly conflictsOpen: number
  readonly conflictsFor: string
  /** How long an unfinished import may stand still. Default `15m`. */
  readonly importWindow: string
}

export const DEFAULTS: Thresholds = {
  minRequestsPerSecond: 0.1,
  window: '5m',
  cacheWindow: '10m',
  for: '5m',
  cacheFor: '10m',
  errorRatio: 0.01,
  criticalErrorRatio: 0.05,
  successRatio: 0.9,
  verifyP95Seconds: 0.2,
  cacheHitRatio: 0.7,
  sessionsDropRatio: 0.2,
  sessionsWindow: '1h',
  minSessions: 20,
  keysWindow: '15m',
  policySplitFor: '5m',
  policySourceSeconds: 300,
  legacySilenceSeconds: 604_800,
  legacySilence: '7d',
  exchangeFailureRatio: 0.1,
  minExchangesPerSecond: 0.01,
  conflictsOpen: 0,
  conflictsFor: '1h',
  importWindow: '15m',
}
