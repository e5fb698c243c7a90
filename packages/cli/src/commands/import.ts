import { resolve } from 'node:path'
import { isAuthError } from '@dualauth/core'
import type { Import, ndjsonReport, NdjsonReport } from '@dualauth/import'
import { Option, type Command } from 'commander'
import { withDatabase } from '../database.js'
import { CliError, EXIT, type ExitCode } from '../exit.js'
import { loadLibrary, openParts, type ImportParts, type PartOptions } from '../import/parts.js'
import { printCounts } from '../import/print-counts.js'
import { createProgress } from '../import/progress.js'
import { countReason, printReasons, type Reasons } from '../import/reasons.js'
import { readIds } from '../import/read-ids.js'
import { oneOf, whole } from '../read/arguments.js'
import { sessionOf, type Parts, type Session } from '../session.js'
import { askYes } from '../terminal/ask.js'

interface ImportCommandOptions extends PartOptions {
  readonly dryRun?: boolean
  readonly verify?: boolean
  readonly rollback?: 'delete' | 'unlink' | true
  readonly retryFailed?: boolean
  readonly update?: boolean
  readonly linkVerifiedEmail?: boolean
  readonly link?: string
  readonly batchSize?: number
  readonly concurrency?: number
  readonly rps?: number
  readonly limit?: number
  readonly organization?: string
  readonly only?: string
  readonly report?: string
  readonly yes?: boolean
}

export function addImport(program: Command, parts: Parts): void {
  program
    .command('import')
    .description('Imports people, organizations and memberships. It can be ended at any moment and run again.')
    .option(
      '--from <place>',
      'postgres://…, a CSV or NDJSON file, a folder of NDJSON files; authjs, auth0:FILE, clerk:FILE or workos-package:FOLDER (default: SOURCE_DATABASE_URL, else --database)',
    )
    .option('--hashes <file>', 'the password hashes, which Auth0 and Clerk export separately from the users')
    .option('--people <select>', 'SELECT of the people; @people.sql reads it from a file')
    .option('--organizations <select>', 'SELECT of the organizations')
    .option('--memberships <select>', 'SELECT of the memberships')
    .option('--groups <select>', 'SELECT of the groups')
    .option(
      '--to <target>',
      'better-auth (in TARGET_DATABASE_URL, else --database), workos (with WORKOS_API_KEY), scim (with SCIM_URL and SCIM_TOKEN), or file:FOLDER',
    )
    .option(
      '--passwords <formats>',
      'hash formats that Better Auth accepts, separated by commas: bcrypt,argon2id (default: better-auth)',
    )
    .option('--config <module>', 'a module that exports source, target or link, if options are not enough')
    .option('--dry-run', 'counts what an import would do, and writes nothing anywhere')
    .addOption(new Option('--verify', 'compares the source with the target').conflicts('dryRun'))
    .addOption(
      new Option('--rollback [mode]', 'undoes what was imported and has not been used: delete, unlink')
        .argParser(oneOf(['delete', 'unlink']))
        .conflicts(['dryRun', 'verify']),
    )
    .option('--resume', 'the default: continues where the ledger stands')
    .option('--retry-failed', 'retries rows that failed or were in conflict')
    .option('--update', 'sends rows again that have changed in the source')
    .option('--link <verifier=issuer>', 'links people to the verifier for the credentials of the target')
    .option('--link-verified-email', 'treats the same address as the same person if both sides have verified it')
    .addOption(new Option('--batch-size <rows>', 'rows read and claimed at once').argParser(whole(1, 10_000)))
    .addOption(new Option('--concurrency <calls>', 'calls of the target at once (default: 4)').argParser(whole(1, 256)))
    .addOption(
      new Option('--rps <requests>', 'maximum requests per second, for --to workos and --to scim').argParser(
        whole(1, 10_000),
      ),
    )
    .addOption(new Option('--limit <people>', 'maximum number of people').argParser(whole(0, 1_000_000_000)))
    .option('--organization <id>', 'only what belongs to this organization of the source')
    .option('--only <file>', 'only these people: a file with one id on each line')
    .option('--report <file>', 'writes the outcome of each row, one JSON object on each line; only ids and codes')
    .option('--yes', 'without asking')
    .action(async (options: ImportCommandOptions, command: Command) => {
      const session = sessionOf(command, parts)
      await withDatabase(session, async (ledger) => {
        const opened = await openParts(session, options, ledger)
        try {
          await confirm(session, options, opened)
          session.exit(await runImport(session, options, opened, ledger.query))
        } finally {
          await opened.close()
        }
      })
    })
}

async function confirm(
  session: Session,
  { dryRun, verify, rollback, yes }: ImportCommandOptions,
  { source, target }: ImportParts,
): Promise<void> {
  if (dryRun === true || verify === true || yes === true) return
  const question =
    rollback === undefined ? `Import from ${source.name} into ${target.name}?` : `Undo the import into ${target.name}?`
  if (session.isJson || session.terminal.stdin.isTTY !== true)
    throw new CliError(EXIT.usage, 'Without a terminal, and with --json, it needs --yes or --dry-run.')
  if (!(await askYes(session.terminal, question))) throw new CliError(EXIT.refused, 'Nothing was done.')
}

async function runImport(
  session: Session,
  options: ImportCommandOptions,
  { source, target, link }: ImportParts,
  query: Parameters<Awaited<ReturnType<typeof loadLibrary>>['createImport']>[0]['query'],
): Promise<ExitCode> {
  const { terminal, out, isJson } = session
  const { createImport, ndjsonReport } = await loadLibrary()
  const progress = createProgress(terminal.stderr)
  const file = options.report === undefined ? null : await reportTo(ndjsonReport, resolve(terminal.cwd, options.report))
  const reasons: Reasons = {}
  const linked = link ?? linkOf(options.link)
  try {
    const made = createImport({
      query,
      source,
      target,
      actor: terminal.userName() ?? 'import',
      signal: terminal.interruption(),
      onProgress: (at) => progress.show(at),
      ...(linked !== undefined && { link: linked }),
      report: (row) => {
        countReason(reasons, row)
        return file?.report(row)
      },
      ...settingsOf(session, options),
    })
    const { run, outcome, counts } = await started(made, options)
    progress.end()
    if (isJson) out.json({ run, outcome, counts, reasons })
    else {
      printCounts(out, counts)
      printReasons(out, reasons)
      if (outcome === 'aborted') out.line('Ended early; run it again to continue.', 'yellow')
      const busy = sumOf(counts, 'busy')
      if (busy > 0)
        out.line(
          `Held by another process, or by one that was killed: ${busy}. Rows of a killed process are released after five minutes; run it again then.`,
          'yellow',
        )
    }
    return codeOf(outcome, counts)
  } finally {
    progress.end()
    await file?.close()
  }
}

async function reportTo(open: typeof ndjsonReport, path: string): Promise<NdjsonReport> {
  try {
    return await open(path)
  } catch (error) {
    throw isAuthError(error)
      ? new CliError(EXIT.usage, `${error.message.replace('ndjsonReport.path:', 'The file of --report')}.`)
      : error
  }
}

async function started(made: Import, { dryRun, verify, rollback }: ImportCommandOptions) {
  if (dryRun === true) return made.plan()
  if (verify === true) return made.verify()
  return rollback === undefined ? made.run() : made.rollback({ mode: rollback === true ? 'delete' : rollback })
}

function settingsOf(session: Session, options: ImportCommandOptions): object {
  const { retryFailed, update, linkVerifiedEmail, batchSize, concurrency, rps, limit, organization, only } = options
  const given = { retryFailed, update, linkVerifiedEmail, batchSize, concurrency, rps, limit, organization }
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(only !== undefined && { only: readIds(session, only) }),
  }
}

function linkOf(text: string | undefined): { readonly verifier: string; readonly issuer: string } | undefined {
  if (text === undefined) return undefined
  const [, verifier = '', issuer = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
  if (verifier === '')
    throw new CliError(EXIT.usage, '--link takes verifier=issuer, of the verifier for the credentials of the target.')
  return { verifier, issuer }
}

type Counts = Readonly<Record<string, object>>

function sumOf(counts: Counts, name: string): number {
  return Object.values(counts).reduce((sum, of) => sum + Number((of as Readonly<Record<string, number>>)[name] ?? 0), 0)
}

/** An unfinished import outweighs failures, and failures outweigh rows that somebody must decide about. */
function codeOf(outcome: 'done' | 'aborted', counts: Counts): ExitCode {
  if (outcome === 'aborted' || sumOf(counts, 'busy') > 0) return EXIT.aborted
  const has = (...names: readonly string[]): boolean => names.some((name) => sumOf(counts, name) > 0)
  if (has('failed', 'differs', 'absent', 'drifted', 'open', 'orphaned')) return EXIT.someFailed
  return has('conflicts', 'blocked') ? EXIT.conflicts : EXIT.ok
}
