import { isDeepStrictEqual } from 'node:util'
import { STAGES, type PolicyContent } from '@dualauth/core'
import { policies, type Policies } from '@dualauth/postgres'
import { Argument, Option, type Command } from 'commander'
import { withChangeOptions } from '../change/change-options.js'
import { changePolicy, type Wanted } from '../change/change-policy.js'
import { noPolicy, ownOf, readCurrent, stageOf, withOwn, type Current } from '../change/current.js'
import { earlierStage, versionOf } from '../change/earlier.js'
import { wordMoment } from '../change/words.js'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { id, stageName, whole } from '../read/arguments.js'
import { sessionOf, type Parts, type Session } from '../session.js'

interface OfOrganization {
  readonly organization?: string
  readonly hold?: boolean
  readonly to?: number
}

const organization = (): Option =>
  new Option('--organization <id>', 'of one organization, by its id in the application').argParser(id)

export function addStage(program: Command, parts: Parts): void {
  const stage = program.command('stage').description('The stage of the migration: which credentials are accepted.')
  stage
    .command('get')
    .description('Prints the stage.')
    .addOption(organization())
    .action(async (options: OfOrganization, command: Command) => printStage(sessionOf(command, parts), options))
  withChangeOptions(
    stage
      .command('set')
      .description('Sets the stage.')
      .addArgument(new Argument('<stage>', STAGES.join(', ')).argParser(stageName))
      .addOption(organization())
      .option('--hold', 'with --organization: its stage stays, and the rollout stops for it')
      .option('--no-hold', 'with --organization: the rollout continues for it'),
  ).action((name: PolicyContent['stage'], options: OfOrganization, command: Command) => {
    if (options.hold !== undefined && options.organization === undefined)
      throw new CliError(EXIT.usage, '--hold and --no-hold are for one organization: add --organization ID.')
    return changePolicy(command, parts, ({ content }) => ({ content: withStage(content, name, options) }))
  })
  withChangeOptions(stage.command('advance').description('Moves to the next stage.').addOption(organization())).action(
    (options: OfOrganization, command: Command) =>
      changePolicy(command, parts, ({ content }) => ({
        content: withStage(content, nextStage(content, options), options),
      })),
  )
  withChangeOptions(
    stage
      .command('unset')
      .description('Removes the stage and the hold of one organization: it follows everybody again.')
      .addOption(organization().makeOptionMandatory()),
  ).action((options: OfOrganization, command: Command) =>
    changePolicy(command, parts, (current) => ({ content: withoutStage(current, options) })),
  )
  withChangeOptions(
    stage
      .command('rollback')
      .description('Goes back to the previous stage and leaves the rest of the policy. See also: policy rollback.')
      .addOption(organization())
      .addOption(
        new Option('--to <version>', 'the stage of which version (default: the last one with another stage)').argParser(
          whole(1, Number.MAX_SAFE_INTEGER),
        ),
      ),
  ).action((options: OfOrganization, command: Command) =>
    changePolicy(command, parts, (current, api) => rolledBack(current, api, options, sessionOf(command, parts))),
  )
}

async function printStage(
  session: Session,
  { organization = null }: { readonly organization?: string | null },
): Promise<void> {
  const { out, migration } = session
  const { stored, content } = await withDatabase(session, ({ query }) => readCurrent(policies(query), migration))
  if (stored === null || content === null) {
    if (session.isJson) return out.json({ migration, organization, stage: null, version: null })
    return out.line(`Migration ${migration} has no policy yet.`)
  }
  const own = ownOf(content, organization)
  const stage = stageOf(content, organization)
  const { version, writtenAt, actor, reason } = stored
  const hold = own?.hold === true
  if (session.isJson)
    return out.json({
      migration,
      organization,
      stage,
      hold,
      version,
      writtenAt: new Date(writtenAt).toISOString(),
      actor,
      reason,
    })
  out.line(`${stage}${hold ? ' (held)' : ''}`, 'bold')
  out.line(`Version ${version}, ${wordMoment(writtenAt)}, by ${actor}: ${reason}`)
  if (stored.document === null)
    out.line(`No instance accepts version ${version}: the newest valid version stays in force.`, 'yellow')
}

function withStage(
  content: PolicyContent | null,
  stage: PolicyContent['stage'],
  options: OfOrganization,
): PolicyContent {
  const { organization, hold } = options
  if (organization === undefined) return { ...content, stage }
  if (content === null) throw noPolicy()
  const { hold: held, ...own } = ownOf(content, organization) ?? {}
  const isHeld = (hold ?? held) === true
  if (isHeld && (stage === 'new-only' || stage === 'retired'))
    throw new CliError(
      EXIT.usage,
      `${organization} cannot be held at ${stage}, where only the new side is accepted: ${hold === true ? 'leave --hold out' : 'it is held, so add --no-hold'}.`,
    )
  return withOwn(content, organization, { ...own, stage, ...(isHeld && { hold: true }) })
}

function nextStage(content: PolicyContent | null, { organization = null }: { readonly organization?: string | null }) {
  if (content === null) throw noPolicy()
  // For callers, `shadow` is the same as `off`, so it is skipped.
  const next = STAGES.slice(STAGES.indexOf(stageOf(content, organization)) + 1).find((stage) => stage !== 'shadow')
  if (next === undefined) throw new CliError(EXIT.refused, 'This is the last stage: there is none after retired.')
  return next
}

function withoutStage({ content }: Current, { organization = '' }: OfOrganization): PolicyContent {
  if (content === null) throw noPolicy()
  const { stage: _, hold: __, ...own } = ownOf(content, organization) ?? {}
  return withOwn(content, organization, own)
}

/** The current policy with the stage of an earlier version. */
async function rolledBack(
  { content }: Current,
  api: Policies,
  { organization = null, to }: { readonly organization?: string | null; readonly to?: number },
  session: Session,
): Promise<Wanted> {
  if (content === null) throw noPolicy()
  const { migration } = session
  const found =
    to === undefined
      ? await earlierStage(content, api, { migration, organization })
      : await versionOf(api, migration, to)
  const next = withStageOf(found.content, content, organization)
  if (!session.isJson && !isDeepStrictEqual(next, found.content))
    session.out.line(
      `Only the stage goes back to that of version ${found.version}; the rest stays. For the whole policy: \`dualauth policy rollback --to ${found.version}\`.`,
      'dim',
    )
  return { content: isDeepStrictEqual(next, content) ? content : { ...next, rollbackOf: found.version } }
}

function withStageOf(earlier: PolicyContent, content: PolicyContent, organization: string | null): PolicyContent {
  if (organization === null) return { ...content, stage: earlier.stage }
  const { stage: _, hold: __, ...own } = ownOf(content, organization) ?? {}
  const { stage, hold } = ownOf(earlier, organization) ?? {}
  if (stage !== undefined) return withOwn(content, organization, { ...own, stage, ...(hold !== undefined && { hold }) })
  // The organization had no stage of its own then. It needs none now if the general stage is the same.
  return withOwn(content, organization, earlier.stage === content.stage ? own : { ...own, stage: earlier.stage })
}
