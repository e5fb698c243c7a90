import type { DualAuth, PolicyVerdict } from '@dualauth/core'
import { Option, type Command } from 'commander'
import { CliError, EXIT } from '../exit.js'
import { loadModule, memberOf, reasonOf, type ModuleOptions } from '../read/auth-module.js'
import { sessionOf, type Parts, type Session } from '../session.js'
import type { Style } from '../terminal/printer.js'
import { readAll } from '../terminal/read-all.js'

interface ExplainOptions extends ModuleOptions {
  readonly cookie?: string
  readonly header?: string
  readonly scheme?: string
  readonly organization?: string
}

/** An instance of an older core does not explain policies. */
type Instance = Pick<DualAuth, 'explain'> & Partial<Pick<DualAuth, 'explainPolicy'>>

export function addExplain(program: Command, parts: Parts): void {
  program
    .command('explain')
    .description(
      'Says which verifier would own the credential on standard input, by its shape, and whether the policy of a migration would refuse it. The credential is not printed, and only the source of the policy is read.',
    )
    .requiredOption(
      '--auth <module>',
      'the module of the application that exports its instance, such as ./dist/auth.js',
    )
    .option('--export <name>', 'the name that it is exported by', 'auth')
    .addOption(new Option('--cookie <name>', 'it is the value of this cookie').conflicts(['header', 'scheme']))
    .addOption(new Option('--header <name>', 'it is the whole value of this header field').conflicts('scheme'))
    .option('--scheme <name>', 'it follows this scheme of Authorization (default: Bearer)')
    .option(
      '--organization <id>',
      'the organization that the caller acts for, if the policy has stages of organizations',
    )
    .action(async (options: ExplainOptions, command: Command) => explain(sessionOf(command, parts), options))
}

async function explain(session: Session, options: ExplainOptions): Promise<void> {
  const { terminal, out, err, isJson } = session
  const auth = await load(options, terminal.cwd)
  if (terminal.stdin.isTTY === true) err.line('Paste the credential, then press Enter and Ctrl-D.')
  const value = (await readAll(terminal.stdin)).replace(/\r?\n$/, '')
  if (value === '') throw new CliError(EXIT.usage, 'There is no credential on standard input.')
  const input = inputOf(value, options)
  const { outcome, verifiers, considered } = auth.explain(input)
  const policies = (await auth.explainPolicy?.(input, { organization: options.organization ?? null })) ?? []
  if (isJson) return out.json({ outcome, verifiers, considered, policies })
  out.line(
    outcome === 'owned' ? `owned by ${verifiers.join(', then ')}` : outcome,
    outcome === 'owned' ? 'green' : 'yellow',
  )
  if (outcome === 'ambiguous') out.line(`Several verifiers own it: ${verifiers.join(', ')}.`)
  out.table([
    ['Verifier', 'Owns it', 'Because it'],
    ...considered.map(({ verifier, owns, because }) => [verifier, owns ? 'yes' : 'no', because]),
  ])
  for (const verdict of policies) out.line(...sentenceOf(verdict))
}

/** What the policy says, and whether that is good news. */
function sentenceOf({
  verifier,
  migration,
  side,
  version,
  stage,
  refusal,
  isDated,
}: PolicyVerdict): [text: string, style: Style] {
  const of = `Policy of the migration "${migration}"`
  if (version === null) return [`${of}: there is none, and ${verifier} is answered 503 policy_unavailable.`, 'red']
  const where = `${of}, version ${version} at ${stage}: the ${side} side`
  if (refusal === null) return [`${where} (${verifier}) is accepted.`, 'green']
  // Only the credential's verifier can read its date.
  if (!isDated) return [`${where} (${verifier}) is accepted up to a cut-off by the date of the credential.`, 'yellow']
  return [`${where} (${verifier}) is refused, even if the credential is genuine: ${refusal}.`, 'yellow']
}

function inputOf(value: string, { cookie, header, scheme }: ExplainOptions): Parameters<Instance['explain']>[0] {
  if (cookie !== undefined) return { cookie, value }
  if (header !== undefined) return { header, value }
  return scheme === undefined ? value : { scheme, value }
}

async function load(options: ExplainOptions, cwd: string): Promise<Instance> {
  const loaded = await loadModule(options, cwd)
  if (!loaded.ok) throw new CliError(EXIT.usage, `The module of --auth cannot be loaded: ${reasonOf(loaded.thrown)}`)
  if (!isInstance(loaded.value))
    throw new CliError(EXIT.usage, `The module of --auth exports no instance of createDualAuth as "${options.export}".`)
  return loaded.value
}

function isInstance(value: unknown): value is Instance {
  return typeof memberOf(value, 'explain') === 'function'
}
