import type { Command } from 'commander'
import { Option } from 'commander'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { failureOf } from '../failure.js'
import { id, whole } from '../read/arguments.js'
import { readPending } from '../read/pending.js'
import { readStatus } from '../read/status.js'
import { sessionOf, type Parts, type Session } from '../session.js'
import { csvRecord } from '../terminal/csv.js'
import { pause } from '../terminal/pause.js'
import { printable } from '../terminal/printable.js'
import { printStatus } from './print-status.js'

interface StatusOptions {
  /** True: every organization. */
  readonly organization?: string | true
  readonly pending?: boolean
  readonly csv?: boolean
  readonly follow?: boolean
  readonly interval: number
}

const INTERVAL_SECONDS = 5

export function addStatus(program: Command, parts: Parts): void {
  program
    .command('status')
    .description('Says how far the migration is: stage, rollout, people, instances.')
    .addOption(new Option('--organization [id]', 'also of one organization, or of each').argParser(id))
    .option('--pending', 'list who has not moved: ids of the application')
    .option('--csv', 'with --pending: as CSV')
    .option('--follow', 'repeat until interrupted')
    .addOption(
      new Option('--interval <seconds>', 'with --follow: seconds between two reads')
        .default(INTERVAL_SECONDS)
        .argParser(whole(1, 3600)),
    )
    .action(async (options: StatusOptions, command: Command) => {
      const session = sessionOf(command, parts)
      if (options.csv === true && options.pending !== true) throw new CliError(EXIT.usage, '--csv is for --pending.')
      if (options.csv === true && session.isJson) throw new CliError(EXIT.usage, 'Choose one: --csv or --json.')
      if (options.pending === true && options.follow === true)
        throw new CliError(EXIT.usage, '--pending cannot be followed.')
      if (options.pending === true) return listPending(session, options)
      return options.follow === true ? follow(session, options) : show(session, options)
    })
}

async function show(session: Session, options: StatusOptions, indent = 2): Promise<void> {
  const { organization } = options
  const status = await withDatabase(session, ({ query }) =>
    readStatus(
      query,
      session.migration,
      organization === true ? { each: true } : { organization: organization ?? null },
    ),
  )
  if (session.isJson) session.out.json(status, indent)
  else printStatus(session.out, status)
}

/** Clears the screen but not the scrollback, which belongs to the user. */
const CLEAR = '\u001b[H\u001b[2J'

/** A database outage does not end it, or people who watch for days would have to start again. */
async function follow(session: Session, options: StatusOptions): Promise<void> {
  const { terminal, isJson, out, err } = session
  const { unread } = terminal
  const interruption = terminal.interruption()
  const interrupted = unread === undefined ? interruption : AbortSignal.any([interruption, unread])
  const clears = terminal.stdout.isTTY === true && !isJson
  for (let isFirst = true; !interrupted.aborted; isFirst = false) {
    try {
      if (clears) out.raw(CLEAR)
      else if (!isFirst && !isJson) out.line()
      await show(session, options, 0)
    } catch (error) {
      const failure = failureOf(error)
      // A failure on the first attempt, such as a wrong password, will not go away.
      if (failure === null || !(failure.mayPass || (!isFirst && failure.exitCode === EXIT.unreachable))) throw error
      err.line(`dualauth: ${failure.message}`)
    }
    await pause(options.interval * 1000, interrupted)
  }
}

async function listPending(session: Session, { organization, csv = false }: StatusOptions): Promise<void> {
  const { terminal, migration, out, isJson } = session
  const of = typeof organization === 'string' ? organization : null
  const onScreen = terminal.stdout.isTTY === true
  await withDatabase(session, async ({ query }) => {
    const all = []
    if (csv) out.raw(csvRecord(['user_id', 'organization', 'last_old_at']))
    for await (const page of readPending(query, migration, of)) {
      if (isJson) all.push(...page)
      for (const { user, organization: acted, lastOldAt } of isJson ? [] : page) {
        const record = csvRecord([user, acted ?? '', lastOldAt ?? ''])
        // A file keeps ids as they are; on a screen they must not act as control sequences.
        if (csv) out.raw(onScreen ? `${printable(record.slice(0, -2))}\n` : record)
        else out.line(user)
      }
    }
    if (isJson) out.json({ migration, organization: of, pending: all })
  })
}
