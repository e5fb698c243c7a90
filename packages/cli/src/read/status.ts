import {
  earliestLossFree,
  policyDigest,
  type CriticalMismatches,
  type CutOff,
  type OrganizationPolicy,
  type PolicyContent,
  type Query,
  type Rollout,
  type Stage,
} from '@dualauth/core'
import { policies, readCriticalMismatches } from '@dualauth/postgres'
import { ownOf, readCurrent, stageOf } from '../change/current.js'
import { readInstances, type Instance } from './instances.js'
import { otherMigrations } from './other-migrations.js'
import { readOrganizations, readProgress, type OrganizationProgress, type Progress } from './progress.js'

/** How far a migration is. `--json` prints it unchanged. */
export interface Status {
  readonly migration: string
  /** Where it has no policy: others that have one, at most ten. Empty otherwise. */
  readonly others: readonly string[]
  /** Null if there is no policy. */
  readonly policy: {
    readonly version: number
    /** Its `policyDigest`; null if no instance accepts the newest version. */
    readonly digest: string | null
    readonly stage: Stage
    /** ISO 8601. */
    readonly writtenAt: string
    readonly actor: string
    readonly reason: string
    readonly rollout: Rollout | null
    readonly cutOff: CutOff | null
    readonly newUsers: 'rollout' | 'new'
    /** ISO 8601; null if the cut-off does not say. */
    readonly earliestLossFree: string | null
  } | null
  /** Null if nobody was seen. */
  readonly people: Progress | null
  /**
   * Critical differences that comparisons of stage `shadow` found in the last `days`. `lastAt` is ISO 8601. Null if they
   * are not recorded in `dualauth.audit`.
   */
  readonly criticalMismatches: {
    readonly days: number
    readonly times: CriticalMismatches['times']
    readonly lastAt: string | null
  } | null
  /** The organizations asked for, with what the policy says about each. */
  readonly organizations: readonly OrganizationStatus[]
  /** Instances that reported recently; `version` is null if an instance knows no policy. */
  readonly instances: readonly (Omit<Instance, 'lastAt'> & { readonly lastAt: string })[]
}

export interface OrganizationStatus extends Partial<Progress> {
  readonly organization: string | null
  readonly stage: Stage | null
  readonly hold: boolean
  /** Null: the same as for everybody. */
  readonly basisPoints: number | null
}

export async function readStatus(
  query: Query,
  migration: string,
  of: { readonly each: true } | { readonly organization: string | null },
): Promise<Status> {
  const { stored, content } = await readCurrent(policies(query), migration)
  const organization = 'each' in of ? null : of.organization
  const seen = 'each' in of || organization !== null ? await readOrganizations(query, migration, organization) : []
  const named = 'each' in of ? Object.keys(content?.organizations ?? {}) : organization === null ? [] : [organization]
  const earliest = earliestLossFree(content?.cutOff ?? {})
  return {
    migration,
    others: stored === null ? await otherMigrations(query, migration) : [],
    policy:
      stored === null || content === null
        ? null
        : {
            version: stored.version,
            digest: stored.document === null ? null : await policyDigest(stored.document),
            stage: content.stage,
            writtenAt: new Date(stored.writtenAt).toISOString(),
            actor: stored.actor,
            reason: stored.reason,
            rollout: content.rollout ?? null,
            cutOff: content.cutOff ?? null,
            newUsers: content.newUsers ?? 'rollout',
            earliestLossFree: earliest === null ? null : new Date(earliest).toISOString(),
          },
    people: await readProgress(query, migration),
    criticalMismatches: await readMismatches(query, migration),
    organizations: organizationsOf(content, seen, named),
    instances: (await readInstances(query, migration)).map((one) => ({
      ...one,
      lastAt: new Date(one.lastAt).toISOString(),
    })),
  }
}

const MISMATCH_DAYS = 14

async function readMismatches(query: Query, migration: string): Promise<Status['criticalMismatches']> {
  const from = Date.now() - MISMATCH_DAYS * 86_400_000
  const found = await readCriticalMismatches(query, { migration, from })
  if (found === null) return null
  const { times, lastAt } = found
  return { days: MISMATCH_DAYS, times, lastAt: lastAt === null ? null : new Date(lastAt).toISOString() }
}

/** Organizations that were seen, and those that the policy mentions. */
function organizationsOf(
  content: PolicyContent | null,
  seen: readonly OrganizationProgress[],
  named: readonly string[],
): readonly OrganizationStatus[] {
  const unseen = named.filter((name) => !seen.some(({ organization }) => organization === name))
  return [...seen, ...unseen.map((organization) => ({ organization }))].map((one) => {
    const own: OrganizationPolicy = (content === null ? undefined : ownOf(content, one.organization)) ?? {}
    return {
      ...one,
      stage: content === null ? null : stageOf(content, one.organization),
      hold: own.hold === true,
      basisPoints: own.basisPoints ?? null,
    }
  })
}
