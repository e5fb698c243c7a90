import { retireReport, type RetireReport, type Verdict } from '@dualauth/core'
import { readRetireFacts } from '@dualauth/postgres'
import { Option, type Command } from 'commander'
import { withDatabase } from '../database.js'
import { EXIT, type ExitCode } from '../exit.js'
import { duration, whole } from '../read/arguments.js'
import { checklistOf, readOldVerifiers } from '../read/checklist.js'
import { sessionOf, type Parts } from '../session.js'
import { printReport } from './print-report.js'

interface RetireCommandOptions {
  readonly windowDays: number
  readonly tolerance?: number
  readonly stopped?: readonly string[]
  readonly ignoreUnverified?: boolean
}

const CODES: Readonly<Record<Verdict, ExitCode>> = {
  safe: EXIT.ok,
  not_safe: EXIT.notSafe,
  not_enough_evidence: EXIT.notEnoughEvidence,
}

export function addRetire(program: Command, parts: Parts): void {
  program
    .command('retire')
    .description('Says whether the old side can be switched off, and what to remove then. It changes nothing.')
    .addOption(
      new Option('--window-days <days>', 'for so many days nobody may have come the old way')
        .default(14)
        .argParser(whole(1, 366)),
    )
    .addOption(
      new Option('--tolerance <duration>', 'for how long nothing may be heard of an instance (default: 10m)').argParser(
        duration,
      ),
    )
    .option('--stopped <instances...>', 'instances that are known to have ended without saying so, or all')
    .option('--ignore-unverified', 'what was refused by its shape alone came from strangers, and counts for nothing')
    .action(async (options: RetireCommandOptions, command: Command) => {
      const session = sessionOf(command, parts)
      const { migration, out, err, isJson, exit } = session
      const { windowDays, tolerance, stopped = [], ignoreUnverified = false } = options
      const { report, labels, verifiers, stage } = await withDatabase(session, async ({ query }) => {
        const facts = await readRetireFacts(query, { migration, windowDays })
        const told = stopped.includes('all') ? 'all' : stopped
        const heard = new Set(facts.heartbeats.map(({ instance }) => instance))
        for (const unknown of told === 'all' ? [] : stopped.filter((instance) => !heard.has(instance)))
          err.line(
            `dualauth: no instance called ${unknown} was heard of in these days; --stopped ${unknown} changes nothing.`,
          )
        return {
          report: retireReport(facts, {
            stopped: told,
            ignoreUnverified,
            ...(tolerance !== undefined && { toleranceMs: tolerance * 1000 }),
          }),
          labels: new Map(facts.heartbeats.map(({ instance, label = null }) => [instance, label])),
          verifiers: await readOldVerifiers(query, migration),
          stage: facts.policy?.stage ?? null,
        }
      })
      const checklist = checklistOf(verifiers, stage)
      if (isJson) out.json({ ...dated(report), labels: Object.fromEntries(named(report, labels)), checklist })
      else printReport(out, report, { checklist, labels })
      exit(CODES[report.verdict])
    })
}

/** The instances that a report names and that have a label. */
function named(
  { silent, broken, skewed }: RetireReport,
  labels: ReadonlyMap<string, string | null>,
): readonly (readonly [instance: string, label: string | null])[] {
  return [...labels].filter(
    ([instance, label]) => label !== null && [silent, broken, skewed].some((list) => list.includes(instance)),
  )
}

/** Moments as ISO 8601, as everywhere in the output of this command. */
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
    clients: report.clients.map((one) => ({ ...one, lastAt: iso(one.lastAt) })),
  }
}
