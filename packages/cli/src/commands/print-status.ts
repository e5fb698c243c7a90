import { wordMismatches, wordMoment } from '../change/words.js'
import { percentText } from '../read/arguments.js'
import { hasPolicy, nameOf } from '../read/instances.js'
import { wordOthers } from '../read/other-migrations.js'
import type { OrganizationStatus, Status } from '../read/status.js'
import type { Cell, Printer } from '../terminal/printer.js'

export function printStatus(out: Printer, status: Status): void {
  const { migration, others, policy, people, organizations, instances } = status
  out.table([
    ['Migration', migration],
    ['Stage', policy === null ? 'no policy' : { text: policy.stage, style: 'bold' }],
    ...(policy === null ? [] : policyRows(policy)),
    ['Instances', wordInstances(status)],
    ...mismatchRows(status),
  ])
  if (others.length > 0) out.line(wordOthers(migration, others), 'yellow')
  out.line()
  if (people === null) out.line('Nobody has been seen yet: there is no evidence.', 'yellow')
  else
    out.table([
      ['People seen', 'Pending', 'Dual', 'Migrated', 'Dual or migrated', 'Last on the old side'],
      progressCells(people),
    ])
  if (organizations.length > 0) printOrganizations(out, organizations)
  const behind = instances.filter((one) => policy !== null && !hasPolicy(one, policy))
  if (behind.length > 0) {
    out.line()
    out.table([
      ['Not at this version', 'Knows', 'Heard of'],
      ...behind.map((one) => [nameOf(one), wordKnown(one, policy?.version), one.lastAt]),
    ])
  }
}

function policyRows(policy: NonNullable<Status['policy']>): readonly (readonly Cell[])[] {
  const { version, writtenAt, actor, reason, rollout, newUsers, earliestLossFree } = policy
  const units = [
    ...(rollout?.include === undefined ? [] : [`${rollout.include.length} included`]),
    ...(rollout?.exclude === undefined ? [] : [`${rollout.exclude.length} excluded`]),
    ...(newUsers === 'new' ? ['new users on the new side'] : []),
  ]
  const share = rollout === null ? 'none' : `${percentText(rollout.basisPoints)} by ${rollout.unit}`
  return [
    ['Version', `${version}, ${wordMoment(Date.parse(writtenAt))}, by ${actor}: ${reason}`],
    ['Rollout', [share, ...units].join(', ')],
    [
      'Earliest new-only without loss',
      earliestLossFree === null ? 'not known' : wordMoment(Date.parse(earliestLossFree)),
    ],
  ]
}

function wordInstances({ policy, instances }: Status): string {
  if (instances.length === 0) return 'none heard of lately'
  if (policy === null) return `${instances.length} without a policy`
  const knowing = instances.filter((one) => hasPolicy(one, policy)).length
  return `${knowing} of ${instances.length} at this version`
}

function mismatchRows({ criticalMismatches }: Status): readonly (readonly Cell[])[] {
  if (criticalMismatches === null) return []
  const { days, times, lastAt } = criticalMismatches
  const found =
    lastAt === null
      ? `nothing critical in ${days} days`
      : { text: `${wordMismatches({ times, lastAt: Date.parse(lastAt) })}, in ${days} days`, style: 'red' as const }
  return [['Comparison', found]]
}

function wordKnown({ version, isStored }: Status['instances'][number], current: number | undefined): string {
  if (version === null) return 'none'
  if (version === current) return `${version}, with other content`
  return isStored ? String(version) : `${version}, which the database does not have`
}

function progressCells(progress: Partial<Status['people'] & object>): readonly Cell[] {
  const { people = 0, pending = 0, dual = 0, migrated = 0, completedPercent = null, lastOldAt = null } = progress
  return [
    String(people),
    String(pending),
    String(dual),
    String(migrated),
    completedPercent === null ? '-' : `${completedPercent}%`,
    lastOldAt ?? 'never',
  ]
}

function printOrganizations(out: Printer, organizations: readonly OrganizationStatus[]): void {
  out.line()
  out.table([
    [
      'Organization',
      'Stage',
      'Share',
      'People seen',
      'Pending',
      'Dual',
      'Migrated',
      'Dual or migrated',
      'Last on the old side',
    ],
    ...organizations.map((one) => [
      one.organization ?? '(none)',
      `${one.stage ?? 'no policy'}${one.hold ? ' (held)' : ''}`,
      one.basisPoints === null ? '-' : percentText(one.basisPoints),
      ...progressCells(one),
    ]),
  ])
}
