import type { AuthEvent, DecidingPolicy } from '@dualauth/core'
import type { MetricsPort } from '../port/port.js'
import { createNames, createSeries, listed, type Cell, type Series } from '../port/series.js'
import { COUNTERS, ORGANIZATIONS, REQUEST_DURATION, VERIFY_DURATION, type CounterName } from './instruments.js'
import {
  CODES,
  ENDPOINTS,
  EXCHANGE_REASONS,
  ISSUER_REASONS,
  OUTAGES,
  REASONS,
  SHADOW_CLASSES,
  SHADOW_COMPARISONS,
  SIDES,
} from './words.js'

type Of<T extends AuthEvent['type']> = Extract<AuthEvent, { readonly type: T }>
type Handlers = { readonly [T in AuthEvent['type']]?: (event: Of<T>) => void }

const NONE = 'none'

/** What a process has seen on the old side. */
export interface LastAccepts {
  /** Seconds since the epoch, by migration. */
  readonly lastAccepts: ReadonlyMap<string, number>
}

/** Counts events; the only place that turns them into labels. */
export function countEvents(
  port: MetricsPort,
  organizations: readonly string[] = [],
): LastAccepts & { readonly onEvent: (event: AuthEvent) => void } {
  const series = Object.fromEntries(
    Object.entries(COUNTERS).map(([name, instrument]) => {
      const own = createSeries(instrument)
      port.counter(instrument, own.samples)
      return [name, own]
    }),
  ) as Readonly<Record<CounterName, Series>>
  const verifyDuration = port.histogram(VERIFY_DURATION)
  const requestDuration = port.histogram(REQUEST_DURATION)
  const verifierName = createNames()
  const migrationName = createNames()
  const sourceName = createNames()
  const lastAccepts = new Map<string, number>()
  const durations = memo((outcome) => requestDuration({ outcome }))
  const judged = memo((provider) => memo((result) => verifyDuration({ provider, result })))
  const hits = memo((provider) => series.cache.at('verification', provider, 'hit'))
  /** By verifier and stage: a verifier stays on its side of its migration. */
  const accepted = memo(() => new Map<string, Cell>())

  const named = (verifier: string | null): string => (verifier === null ? NONE : verifierName(verifier))
  const count = (name: CounterName, ...values: readonly string[]): void => void series[name].at(...values).value++
  const policyLabels = (policy: DecidingPolicy | null): readonly [string, string, string] =>
    policy === null ? [NONE, NONE, NONE] : [migrationName(policy.migration), policy.side, policy.stage]

  function acceptedCell(provider: string, policy: DecidingPolicy | null): Cell {
    const stages = accepted(provider)
    const stage = policy?.stage ?? NONE
    const found = stages.get(stage)
    if (found !== undefined) return found
    const cell = series.requests.at(provider, 'accepted', NONE, NONE, ...policyLabels(policy))
    stages.set(stage, cell)
    return cell
  }

  const countOrganization = organizations.length === 0 ? null : organizationCounter(port, organizations)
  const warning = ({ type }: { readonly type: AuthEvent['type'] }): void => count('warnings', type)
  const policyError = (migration: string, reason: string): void =>
    count('policyErrors', migrationName(migration), reason)
  const fetched = (provider: string, result: string): void => count('keyFetches', named(provider), result)

  const handlers: Handlers = {
    authenticated({ verifier, policy, organization, durationMs, at }) {
      acceptedCell(named(verifier), policy).value++
      durations('accepted')(durationMs / 1000)
      if (countOrganization !== null) countOrganization(organization, policyLabels(policy))
      if (policy?.side === 'old') lastAccepts.set(migrationName(policy.migration), at / 1000)
    },
    remembered: ({ verifier }) => void hits(named(verifier)).value++,
    verified({ verifier, outcome, durationMs }) {
      count('cache', 'verification', named(verifier), outcome === 'accepted' ? 'miss' : 'unusable')
      judged(named(verifier))(outcome)(durationMs / 1000)
    },
    refused({ verifier, code, reason, policy, durationMs }) {
      const outcome = outcomeOf(code)
      const why = listed(REASONS, reason)
      count('requests', named(verifier), outcome, listed(CODES, code), why, ...policyLabels(policy))
      durations(outcome)(durationMs / 1000)
      if (policy?.side === 'old') count('legacyRefused', migrationName(policy.migration), why)
    },
    denied: ({ verifier, code }) => count('denied', named(verifier), listed(CODES, code)),
    ignored: ({ verifier, code }) => count('ignored', named(verifier), listed(CODES, code)),
    ambiguous: () => count('ambiguous'),
    evicted: ({ verifier }) => count('evictions', named(verifier)),
    revoked: ({ kind, source }) => count('revocations', kind, source),
    unavailable: ({ source }) => count('outages', sourceName(source)),
    keys_fetched: ({ verifier }) => fetched(verifier, 'fetched'),
    keys_failed: ({ verifier }) => fetched(verifier, 'failed'),
    keys_hydrated: ({ verifier }) => fetched(verifier, 'hydrated'),
    session_refreshed: ({ verifier, outcome }) => count('sessionRefreshes', named(verifier), outcome),
    issuer_chosen: ({ migration, side, reason }) =>
      count('cohorts', migrationName(migration), listed(SIDES, side), listed(ISSUER_REASONS, reason)),
    exchanged: ({ migration, from, to }) =>
      count('exchanges', migrationName(migration), named(from), named(to), 'minted', NONE),
    exchange_refused({ migration, verifier, code, reason }) {
      const of = migration === null ? NONE : migrationName(migration)
      const result = Object.hasOwn(OUTAGES, code) ? 'unavailable' : 'refused'
      count('exchanges', of, named(verifier), NONE, result, listed(EXCHANGE_REASONS, reason))
    },
    endpoint_failed: ({ endpoint, code }) =>
      count('endpointFailures', listed(ENDPOINTS, endpoint), listed(CODES, code)),
    policy_rejected: ({ migration, reason }) => policyError(migration, reason),
    policy_missing: ({ migration }) => policyError(migration, 'missing'),
    policy_assumed: ({ migration }) => policyError(migration, 'assumed'),
    policy_unavailable: ({ migration }) => policyError(migration, 'unavailable'),
    evidence_failed: ({ migration }) => count('flushFailures', migrationName(migration)),
    shadow_compared: ({ migration, comparison, result }) =>
      count('shadowComparisons', migrationName(migration), listed(SHADOW_COMPARISONS, comparison), result),
    shadow_mismatch: ({ migration, class: one, critical }) =>
      count('shadowMismatches', migrationName(migration), listed(SHADOW_CLASSES, one), String(critical)),
    shadow_dropped({ migration, count: dropped }) {
      series.shadowDropped.at(migrationName(migration)).value += dropped
    },
    shadow_ignore_ended: warning,
    cookie_too_large: warning,
    format_failed: warning,
    touch_failed: warning,
    session_end_failed: warning,
    acceptance_ended: warning,
    unlimited_tokens: warning,
    weak_secret: warning,
  }

  return {
    lastAccepts,
    onEvent: (event) => (handlers[event.type] as ((event: AuthEvent) => void) | undefined)?.(event),
  }
}

/** Each is a label because the application listed it; no other organization is. */
function organizationCounter(
  port: MetricsPort,
  organizations: readonly string[],
): (organization: string | null, policy: readonly [migration: string, side: string, stage: string]) => void {
  const list = Object.fromEntries(organizations.map((name) => [name, true] as const))
  const accepted = createSeries(ORGANIZATIONS)
  port.counter(ORGANIZATIONS, accepted.samples)
  return (organization, [migration, side]) => void accepted.at(listed(list, organization), migration, side).value++
}

function outcomeOf(code: string): 'refused' | 'unavailable' | 'missing' {
  if (code === 'credential_missing') return 'missing'
  return Object.hasOwn(OUTAGES, code) ? 'unavailable' : 'refused'
}

/** Created once for each name; the number of names is limited. */
function memo<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>()
  return (name) => {
    const found = made.get(name)
    if (found !== undefined) return found
    const fresh = make(name)
    made.set(name, fresh)
    return fresh
  }
}
