import { hashedIdentifier, type PolicyContent } from '@dualauth/core'
import { policies } from '@dualauth/postgres'
import { Argument, Option, type Command } from 'commander'
import { withChangeOptions } from '../change/change-options.js'
import { changePolicy } from '../change/change-policy.js'
import { noPolicy, ownOf, readCurrent, stageOf, withOwn } from '../change/current.js'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { id, ids, oneOf, percent, percentText } from '../read/arguments.js'
import { sessionOf, type Parts, type Session } from '../session.js'

type Rollout = NonNullable<PolicyContent['rollout']>

interface SetOptions {
  readonly organization?: string
  readonly salt?: string
  readonly unit?: Rollout['unit']
  readonly newUsers?: (typeof NEW_USERS)[number]
}

const NEW_USERS = ['rollout', 'new'] as const
const UNITS = ['user', 'organization', 'identifier'] as const

const organization = (): Option =>
  new Option('--organization <id>', 'of one organization, by its id in the application').argParser(id)
const units = (): Argument => new Argument('<ids...>', 'ids of the units that the rollout counts').argParser(ids)

export function addRollout(program: Command, parts: Parts): void {
  const rollout = program
    .command('rollout')
    .description('For whom the new side issues, at dual and prefer-new. It logs nobody out.')
  rollout
    .command('get')
    .description('Prints the rollout.')
    .addOption(organization())
    .action((options: SetOptions, command: Command) => printRollout(sessionOf(command, parts), options))
  withChangeOptions(
    rollout
      .command('set')
      .description('Sets the share.')
      .addArgument(new Argument('<percent>', 'such as 1% or 12.5%').argParser(percent))
      .addOption(organization())
      .addOption(new Option('--unit <unit>', `the unit to count: ${UNITS.join(', ')}`).argParser(oneOf(UNITS)))
      .addOption(new Option('--salt <text>', 'another salt selects other people (default: name of the migration)'))
      .addOption(
        new Option('--new-users <how>', 'people without an account: new, or as the rollout says').argParser(
          oneOf(NEW_USERS),
        ),
      ),
  ).action((basisPoints: number, options: SetOptions, command: Command) => {
    const { organization: of, unit, salt, newUsers } = options
    if (of !== undefined && (unit !== undefined || salt !== undefined || newUsers !== undefined))
      throw new CliError(
        EXIT.usage,
        '--unit, --salt and --new-users are the same for everybody: leave --organization out.',
      )
    const { migration } = sessionOf(command, parts)
    return changePolicy(command, parts, ({ content }) => {
      const before = rolloutOf(content, migration)
      if (of === undefined)
        return {
          content: {
            ...before.content,
            rollout: { ...before.rollout, ...given(options), basisPoints },
            ...(newUsers !== undefined && { newUsers }),
          },
        }
      return { content: withOwn(before.content, of, { ...ownOf(before.content, of), basisPoints }) }
    })
  })
  addList(rollout, parts, 'include', 'The new side issues for these units, whatever the share.')
  addList(rollout, parts, 'exclude', 'The old side always issues for these units.')
  addList(rollout, parts, 'clear', 'Neither includes nor excludes these units: the share decides.')
}

function addList(rollout: Command, parts: Parts, name: List, description: string): void {
  withChangeOptions(rollout.command(name).description(description).addArgument(units())).action(
    (named: readonly string[], _options: unknown, command: Command) => {
      const { migration } = sessionOf(command, parts)
      return changePolicy(command, parts, async ({ content }) => {
        const before = rolloutOf(content, migration)
        return { content: { ...before.content, rollout: await withListed(before.rollout, name, named) } }
      })
    },
  )
}

/**
 * Identifiers are compared as issuance compares them, and stored as hashes, existing ones included: policies are never
 * deleted and should hold no e-mail address.
 */
async function withListed(rollout: Rollout, list: List, named: readonly string[]): Promise<Rollout> {
  if (rollout.unit !== 'identifier') return withUnits(rollout, list, named)
  const hashed = async (units: readonly string[] = []): Promise<readonly string[]> => [
    ...new Set(await Promise.all(units.map(hashedIdentifier))),
  ]
  const [include, exclude] = await Promise.all([hashed(rollout.include), hashed(rollout.exclude)])
  return withUnits({ ...rollout, include, exclude }, list, await hashed(named))
}

type List = 'include' | 'exclude' | 'clear'

/** A unit is in one list only: adding it to one removes it from the other. */
function withUnits(rollout: Rollout, list: List, named: readonly string[]): Rollout {
  const { include = [], exclude = [], ...rest } = rollout
  const listed = (units: readonly string[], isNamed: boolean): readonly string[] => [
    ...units.filter((unit) => isNamed || !named.includes(unit)),
    ...(isNamed ? named.filter((unit, place) => !units.includes(unit) && named.indexOf(unit) === place) : []),
  ]
  const lists = { include: listed(include, list === 'include'), exclude: listed(exclude, list === 'exclude') }
  return {
    ...rest,
    ...(lists.include.length > 0 && { include: lists.include }),
    ...(lists.exclude.length > 0 && { exclude: lists.exclude }),
  }
}

/** The first rollout gets a salt named after its migration, so that several migrations choose independently. */
function rolloutOf(
  content: PolicyContent | null,
  migration: string,
): { readonly content: PolicyContent & { readonly rollout: Rollout }; readonly rollout: Rollout } {
  if (content === null) throw noPolicy()
  const { rollout = { unit: 'user', salt: migration, basisPoints: 0 } } = content
  return { content: { ...content, rollout }, rollout }
}

function given({ unit, salt }: SetOptions): Partial<Pick<Rollout, 'unit' | 'salt'>> {
  return { ...(unit !== undefined && { unit }), ...(salt !== undefined && { salt }) }
}

async function printRollout(
  session: Session,
  { organization: of = null }: { readonly organization?: string | null },
): Promise<void> {
  const { out, migration } = session
  const { version, content } = await withDatabase(session, ({ query }) => readCurrent(policies(query), migration))
  const { rollout = null, newUsers = 'rollout' } = content ?? {}
  const own = content === null ? undefined : ownOf(content, of)
  const basisPoints = own?.basisPoints ?? rollout?.basisPoints ?? 0
  const hold = own?.hold === true
  const stage = content === null ? null : stageOf(content, of)
  if (session.isJson)
    return out.json({ migration, organization: of, version, stage, basisPoints, hold, newUsers, rollout })
  if (content === null) return out.line(`Migration ${migration} has no policy yet.`)
  if (rollout === null) return out.line('There is no rollout: the new side issues for nobody at dual and prefer-new.')
  out.line(`${percentText(basisPoints)}${hold ? ' (held)' : ''}`, 'bold')
  out.line(`Counted by ${rollout.unit}, salt ${rollout.salt}; new users: ${newUsers}.`)
  out.line(`Included: ${wordIds(rollout.include)}. Excluded: ${wordIds(rollout.exclude)}.`)
  if (stage !== 'dual' && stage !== 'prefer-new')
    out.line(`It applies only at dual and prefer-new; the stage is ${stage}.`, 'yellow')
}

function wordIds(listed: readonly string[] = []): string {
  if (listed.length === 0) return 'nobody'
  const named = listed.slice(0, 10).join(', ')
  return listed.length > 10 ? `${named} and ${listed.length - 10} more` : named
}
