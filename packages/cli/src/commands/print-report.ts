import type { RetireCheck, RetireCheckName, RetireReport, Verdict } from '@dualauth/core'
import { wordMismatches, wordMoment } from '../change/words.js'
import { nameOf } from '../read/instances.js'
import type { Printer, Style } from '../terminal/printer.js'

const VERDICTS: Readonly<Record<Verdict, { readonly words: string; readonly style: Style }>> = {
  safe: { words: 'Safe: the old side can be switched off.', style: 'green' },
  not_safe: { words: 'Not safe: the old side is still needed.', style: 'red' },
  not_enough_evidence: {
    words: 'Not enough evidence: it is unknown whether the old side is still in use.',
    style: 'yellow',
  },
}

const CHECKS: Readonly<Record<RetireCheckName, string>> = {
  watched: 'an instance was watching at every moment',
  instances: 'each instance is still watching or reported its end',
  nothing_lost: 'no sighting was lost',
  somebody_seen: 'somebody was seen on the new side',
  old_accepted: 'nobody was accepted on the old side',
  old_refused: 'nobody was refused on the old side',
  old_unverified: 'nothing was refused there by its shape alone',
  outstanding: 'nobody has only a valid credential of the old side',
  loss_free: 'all credentials of the old side have expired by date',
  new_accepted: 'the new side is accepted everywhere',
  conflicts: 'no identity conflict is open',
  shadow_critical: 'no critical difference between the sides was recorded in this window',
}

const STYLES: Readonly<Record<RetireCheck['status'], Style>> = {
  passed: 'green',
  failed: 'red',
  unknown: 'yellow',
  noted: 'dim',
}

/** How many gaps and instances are named. */
const NAMED = 5

export interface ReportParts {
  readonly checklist: readonly string[]
  /** Labels of instances by id; null if an instance has none. */
  readonly labels: ReadonlyMap<string, string | null>
}

export function printReport(out: Printer, report: RetireReport, { checklist, labels }: ReportParts): void {
  const { verdict, windowDays, from, to, checks, eta } = report
  out.line(VERDICTS[verdict].words, VERDICTS[verdict].style)
  out.line(`Migration ${report.migration}, ${windowDays} days: ${wordMoment(from)} to ${wordMoment(to)}`)
  out.line()
  out.table([
    ['Check', 'Is', 'Count'],
    ...checks.map(({ name, status, count }) => [
      CHECKS[name],
      { text: status, style: STYLES[status] },
      // A date has nothing to count.
      count === 0 || name === 'loss_free' ? '-' : String(count),
    ]),
  ])
  printWatch(out, report, labels)
  printMismatches(out, report)
  printUses(out, report)
  out.line()
  out.line(
    eta === null ? 'Earliest safe date: unknown.' : `Earliest safe date, if the trend continues: ${wordMoment(eta)}`,
  )
  out.line()
  out.line(verdict === 'safe' ? 'To remove now, in this order:' : 'To remove once it is safe, in this order:', 'bold')
  checklist.forEach((step, place) => out.line(`  ${place + 1}. ${step}`))
}

function printWatch(out: Printer, { gaps, silent, broken, skewed }: RetireReport, labels: ReportParts['labels']): void {
  const named = (instances: readonly string[]): string => wordInstances(instances, labels)
  for (const gap of gaps.slice(0, NAMED))
    out.line(`No instance was watching from ${wordMoment(gap.from)} to ${wordMoment(gap.to)}.`)
  if (gaps.length > NAMED) out.line(`And ${gaps.length - NAMED} more gaps.`)
  if (silent.length > 0)
    out.line(`Silent without reporting an end: ${named(silent)}. If they are gone, name them with --stopped.`)
  if (broken.length > 0) out.line(`Continued after a gap in heartbeats: ${named(broken)}.`)
  if (skewed.length > 0) out.line(`Clock differs from the database's: ${named(skewed)}.`)
}

function printMismatches(out: Printer, { criticalMismatches }: RetireReport): void {
  if (criticalMismatches === null || criticalMismatches.lastAt === null) return
  out.line(`The comparison of stage shadow found ${wordMismatches(criticalMismatches)}. See docs/shadow.md.`)
}

function wordInstances(instances: readonly string[], labels: ReportParts['labels']): string {
  const names = instances.slice(0, NAMED).map((instance) => nameOf({ instance, label: labels.get(instance) ?? null }))
  const more = instances.length > NAMED ? ` and ${instances.length - NAMED} more` : ''
  return `${names.join(', ')}${more}`
}

function printUses(out: Printer, { organizations, clients }: RetireReport): void {
  const rowOf = (name: string, use: RetireReport['clients'][number] | RetireReport['organizations'][number]) => [
    name,
    use.verdict.replaceAll('_', ' '),
    String(use.accepted),
    use.isUnknownRefused ? `${use.refused} and unknown` : String(use.refused),
    String(use.outstanding),
    use.lastAt === null ? 'never' : wordMoment(use.lastAt),
  ]
  const head = ['Verdict', 'Accepted', 'Refused', 'Outstanding', 'Last']
  if (clients.length > 0) {
    out.line()
    out.table([['Client', ...head], ...clients.map((use) => rowOf(use.client, use))])
  }
  if (organizations.length > 0) {
    out.line()
    out.table([['Organization', ...head], ...organizations.map((use) => rowOf(use.organization ?? '(none)', use))])
  }
}
