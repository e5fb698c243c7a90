import { retireReport, type RetireReport, type Verdict } from '@dualauth/core'
import { readRetireFacts } from '@dualauth/postgres'
import type { Command } from 'commander'
import { withDatabase } from '../database.js'
import { EXIT, type ExitCode } from '../exit.js'
import { readEvidenceOptions, withEvidenceOptions, type EvidenceOptions } from '../read/evidence-options.js'
import { checklistOf, readOldVerifiers } from '../read/checklist.js'
import { leftoversIn } from '../read/leftovers.js'
import { sessionOf, type Parts } from '../session.js'
import { printReport } from './print-report.js'

const CODES: Readonly<Record<Verdict, ExitCode>> = {
  safe: EXIT.ok,
  not_safe: EXIT.notSafe,
  not_enough_evidence: EXIT.notEnoughEvidence,
}

export function addRetire(program: Command, parts: Parts): void {
  withEvidenceOptions(program.command('retire'))
    .description('Says whether the old side can be switched off, and what to remove then. It changes nothing.')
    .action(async (options: EvidenceOptions, command: Command) => {
      const session = sessionOf(command, parts)
      const { migration, terminal, out, err, isJson, exit } = session
      const { windowDays, toleranceMs, stopped: told, ignoreUnverified } = readEvidenceOptions(options)
      const { report, labels, verifiers, stage } = await withDatabase(session, async ({ query }) => {
        const facts = await readRetireFacts(query, { migration, windowDays })
        const heard = new Set(facts.heartbeats.map(({ instance }) => instance))
        for (const unknown of told === 'all' ? [] : told.filter((instance) => !heard.has(instance)))
          err.line(
            `dualauth: no instance called ${unknown} was seen in these days; --stopped ${unknown} changes nothing.`,
          )
        return {
          report: retireReport(facts, {
            stopped: told,
            ignoreUnverified,
            ...(toleranceMs !== undefined && { toleranceMs }),
          }),
          labels: new Map(facts.heartbeats.map(({ instance, label = null }) => [instance, label])),
          verifiers: await readOldVerifiers(query, migration),
          stage: facts.policy?.stage ?? null,
        }
      })
      const checklist = checklistOf(verifiers, stage, leftoversIn(terminal.cwd))
      if (isJson) out.json({ ...dated(report), labels: Object.fromEntries(named(report, labels)), checklist })
      else printReport(out, report, { checklist, labels })
      exit(CODES[report.verdict])
    })
}

/** The instances named in a report that have a label. */
function named(
  { silent, broken, skewed }: RetireReport,
  labels: ReadonlyMap<string, string | null>,
): readonly (readonly [instance: string, label: string | null])[] {
  return [...labels].filter(
    ([instance, label]) => label !== null && [silent, broken, skewed].some((list) => list.includes(instance)),
  )
}

/** Times as ISO 8601, as everywhere in this command's output. */
function dated(report: RetireReport): object {
  const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
  return {
    ...report,
    from: iso(report.from),
    to: iso(report.to),
    eta: iso(report.eta),
    gaps: report.gaps.map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
    trend: { ...report.trend, emptyAt: iso(report.trend.emptyAt) },
    organizations: report.organizations.map((one) => ({ ...one, lastAt: iso(one.lastAt) })),
    criticalMismatches: report.criticalMismatches && {
      ...report.criticalMismatches,
      lastAt: iso(report.criticalMismatches.lastAt),
    },
    clients: report.clients.map((one) => ({ ...one, lastAt: iso(one.lastAt) })),
  }
}
