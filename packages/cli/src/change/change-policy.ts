import { readPolicy, type PolicyContent, type PolicyDocument } from '@dualauth/core'
import { policies, type Database, type Policies, type WriteOutcome } from '@dualauth/postgres'
import type { Command } from 'commander'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { failureOf, isInDoubt } from '../failure.js'
import type { Instance } from '../read/instances.js'
import { otherMigrations, wordOthers } from '../read/other-migrations.js'
import { sessionOf, type Parts, type Session } from '../session.js'
import { askYes } from '../terminal/ask.js'
import { waitForInstances } from './wait.js'
import type { ChangeOptions } from './change-options.js'
import { readCurrent, type Current } from './current.js'
import { previewOf, printPreview } from './preview.js'
import { wordMoment, wordRefusal } from './words.js'

/** What a policy should become. */
export interface Wanted {
  readonly content: PolicyContent
  /** The version on which the decision is based. Default: the newest version now. */
  readonly expectedVersion?: number
}

/** Decides what a policy should become. Throws a `CliError` if it cannot. */
export type Edit = (current: Current, api: Policies) => Wanted | Promise<Wanted>

/** Plans a change, shows the plan, asks, writes, and waits if `--wait` is given. */
export async function changePolicy(command: Command, parts: Parts, edit: Edit): Promise<void> {
  const session = sessionOf(command, parts)
  const options = command.opts<ChangeOptions>()
  const actor = (options.actor ?? session.terminal.userName() ?? '').trim()
  if (options.reason.trim() === '') throw new CliError(EXIT.usage, 'Say why: --reason must not be blank.')
  if (actor === '' && options.dryRun !== true) throw new CliError(EXIT.usage, 'Say who makes the change: --actor NAME.')
  await withDatabase(session, (database) => change(session, database, { ...options, actor }, edit))
}

async function change(
  session: Session,
  database: Database,
  options: ChangeOptions & { readonly actor: string },
  edit: Edit,
): Promise<void> {
  const { migration, out, isJson } = session
  const { acceptLogouts = 0, force = false, dryRun = false, actor, reason } = options
  const api = policies(database.query)
  const current = await readCurrent(api, migration)
  const { content, expectedVersion = current.version } = await edit(current, api)
  readPolicy({ ...content, version: 1 }, 'policy')
  if (expectedVersion !== current.version) throw changed(current.stored)
  const consent = { acceptLogouts, force }
  const plan = await api.plan({ migration, document: content, ...consent })
  const preview = previewOf(current, content, plan)
  const result = { migration, version: current.version, isWritten: false, plan: preview }
  if (preview.changes.length === 0 && current.content !== null) {
    if (isJson) out.json(result)
    else out.line(`Nothing to change: version ${current.version} already says so.`)
    return
  }
  if (!isJson) printPreview(session, current, preview, content)
  const others = current.stored === null ? await otherMigrations(database.query, migration) : []
  if (others.length > 0) session.err.line(`Warning: ${wordOthers(migration, others)}`, 'yellow')
  if (plan.refusal !== null || dryRun) {
    if (isJson) out.json(result)
    if (plan.refusal !== null) throw new CliError(EXIT.refused, wordRefusal(plan.refusal))
    return isJson ? undefined : out.line('Dry run: nothing was written.')
  }
  await confirm(session, options, current.version + 1)
  const outcome = await api
    .write({ migration, document: content, expectedVersion, actor, reason, ...consent })
    .catch((error: unknown) => {
      throw isInDoubt(error) ? inDoubt(current.version + 1) : error
    })
  const document = writtenOf(outcome)
  const { version } = document
  if (!isJson) out.line(`Version ${version} is written.`, 'green')
  const waited = await waitIfAsked(session, database, document, options.wait)
  if (isJson) out.json({ ...result, version, isWritten: true, ...('instances' in waited && waited) })
  // The policy is written, even if the wait failed.
  if ('failure' in waited) throw waited.failure
  if (!isJson && waited.instances !== undefined) out.line(`All ${waited.instances.length} instances know it.`, 'green')
}

async function waitIfAsked(
  session: Session,
  database: Database,
  document: PolicyDocument,
  seconds: number | undefined,
): Promise<{ readonly instances?: readonly Instance[] } | { readonly failure: unknown }> {
  if (seconds === undefined) return {}
  try {
    return { instances: await waitForInstances(session, database, { document, seconds }) }
  } catch (error) {
    // The version is written, even if the wait failed: no other code may hide that.
    const failure = failureOf(error)
    return { failure: failure === null ? error : writtenBut(document.version, failure) }
  }
}

function writtenBut(version: number, failure: CliError): CliError {
  if (failure.exitCode === EXIT.notSeenYet) return failure
  return new CliError(EXIT.notSeenYet, `Version ${version} is written, but the wait failed: ${failure.message}`)
}

async function confirm({ terminal, isJson }: Session, { yes = false }: ChangeOptions, version: number): Promise<void> {
  if (yes) return
  if (isJson || terminal.stdin.isTTY !== true || terminal.stdout.isTTY !== true)
    throw new CliError(EXIT.usage, 'Nothing was written: without a terminal, and with --json, a change needs --yes.')
  if (!(await askYes(terminal, `Write version ${version}?`))) throw new CliError(EXIT.refused, 'Nothing was written.')
}

/** The connection broke before the answer arrived. */
function inDoubt(version: number): CliError {
  return new CliError(
    EXIT.unreachable,
    `The database has not answered, so it is unknown whether version ${version} was written. Once the database is back, check \`dualauth policy history\` before you run this again.`,
  )
}

function writtenOf(outcome: WriteOutcome): PolicyDocument {
  if (outcome.ok) return outcome.document
  throw outcome.why === 'changed'
    ? changed(outcome.newest)
    : new CliError(EXIT.refused, outcome.plan.refusal === null ? 'Refused.' : wordRefusal(outcome.plan.refusal))
}

function changed(newest: Current['stored']): CliError {
  const by = newest === null ? '' : ` (version ${newest.version}, by ${newest.actor}, ${wordMoment(newest.writtenAt)})`
  return new CliError(
    EXIT.refused,
    `Somebody else has changed the policy in the meantime${by}; nothing was written. Check the policy and run the command again.`,
  )
}
