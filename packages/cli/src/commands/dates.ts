import { earliestLossFree, type PolicyContent } from '@dualauth/core'
import { policies } from '@dualauth/postgres'
import { Option, type Command } from 'commander'
import { withChangeOptions } from '../change/change-options.js'
import { changePolicy } from '../change/change-policy.js'
import { noPolicy, readCurrent } from '../change/current.js'
import { wordMoment } from '../change/words.js'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { date, duration, oneOf } from '../read/arguments.js'
import { sessionOf, type Parts, type Session } from '../session.js'

/** A policy member with members of its own, and a command that sets them one by one. */
interface Section {
  readonly command: string
  readonly member: 'cutOff' | 'announcement'
  readonly description: string
  /** Options by the member that they set. */
  readonly options: Readonly<Record<string, readonly Option[]>>
}

const dateOption = (flags: string, description: string): readonly Option[] => [
  new Option(`${flags} <date>`, `${description}, such as 2026-03-01T00:00:00Z`).argParser(date),
]
const switchOption = (name: string, description: string): readonly Option[] => [
  new Option(`--${name}`, description),
  new Option(`--no-${name}`, `not so`),
]

const cutOffSection = (): Section => ({
  command: 'cutoff',
  member: 'cutOff',
  description: 'When credentials of the old side are refused, at dual and prefer-new.',
  options: {
    refuseIssuedAfter: dateOption('--refuse-issued-after', 'the old side issues nothing after this date'),
    acceptUntil: dateOption('--accept-until', 'none is accepted from this date on'),
    maxAgeSeconds: [new Option('--max-age <duration>', 'how old they may be, such as 12h or 30d').argParser(duration)],
    undated: [
      new Option('--undated <what>', 'refuse or accept credentials without a date of issue').argParser(
        oneOf(['refuse', 'accept']),
      ),
    ],
  },
})

const announcementSection = (): Section => ({
  command: 'announce',
  member: 'announcement',
  description: 'The announcement to callers of the old side, at prefer-new.',
  options: {
    deprecation: dateOption('--deprecation', 'since when the old side is deprecated'),
    sunset: dateOption('--sunset', 'when it is expected to end (default: when the cut-off ends)'),
    documentation: [new Option('--documentation <url>', 'a page that explains the migration')],
    login: [new Option('--login <url>', 'where people sign in on the new side')],
    inDual: switchOption('in-dual', 'announce at dual too'),
    banner: switchOption('banner', 'pages show a banner'),
  },
})

export function addDates(program: Command, parts: Parts): void {
  for (const section of [cutOffSection(), announcementSection()]) addSection(program, parts, section)
}

function addSection(program: Command, parts: Parts, { command: name, member, description, options }: Section): void {
  const group = program.command(name).description(description)
  group
    .command('get')
    .description('Prints it.')
    .action((_options: unknown, command: Command) => printSection(sessionOf(command, parts), member))
  const set = group.command('set').description('Sets the named values and leaves the rest.')
  for (const option of Object.values(options).flat()) set.addOption(option)
  withChangeOptions(set).action((given: Record<string, unknown>, command: Command) => {
    const values = Object.entries(options).flatMap(([key, [option]]): (readonly [string, unknown])[] => {
      const value = option === undefined ? undefined : given[option.attributeName()]
      return value === undefined ? [] : [[key, value]]
    })
    if (values.length === 0)
      throw new CliError(EXIT.usage, `Name at least one value to set; see dualauth ${name} set --help.`)
    return changePolicy(command, parts, ({ content }) => {
      if (content === null) throw noPolicy()
      return { content: { ...content, [member]: { ...content[member], ...Object.fromEntries(values) } } }
    })
  })
  withChangeOptions(group.command('clear').description('Removes all of them.')).action(
    (_options: unknown, command: Command) =>
      changePolicy(command, parts, ({ content }) => {
        if (content === null) throw noPolicy()
        const { [member]: _, ...rest } = content
        // What remains is still a policy: both members are optional.
        return { content: rest as PolicyContent }
      }),
  )
}

async function printSection(session: Session, member: Section['member']): Promise<void> {
  const { out, migration } = session
  const { version, content } = await withDatabase(session, ({ query }) => readCurrent(policies(query), migration))
  const values = content?.[member] ?? {}
  const earliest = earliestLossFree(content?.cutOff ?? {})
  if (session.isJson)
    return out.json({
      migration,
      version,
      [member]: content?.[member] ?? null,
      earliestLossFree: earliest === null ? null : new Date(earliest).toISOString(),
    })
  if (Object.keys(values).length === 0) out.line('Nothing is set.')
  else out.table([['Member', 'Value'], ...Object.entries(values).map(([name, value]) => [name, String(value)])])
  if (earliest !== null) out.line(`Earliest new-only without loss: ${wordMoment(earliest)}`)
}
