import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { SecretFingerprint } from '@dualauth/core'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { findingsOf } from '../doctor/checks.js'
import type { Context, Examined, Patient } from '../doctor/context.js'
import type { Finding, Severity } from '../doctor/finding.js'
import { createProbe } from '../doctor/probe.js'
import { cookieNames } from '../doctor/samples/cookie-chunks.js'
import { readSamples } from '../doctor/samples/read-samples.js'
import { withStores } from '../doctor/stores.js'
import { CliError, EXIT } from '../exit.js'
import { loadModule, memberOf, type ModuleOptions } from '../read/auth-module.js'
import { sessionOf, type Parts, type Session } from '../session.js'
import type { Style } from '../terminal/printer.js'
import { readAll } from '../terminal/read-all.js'

interface DoctorOptions extends ModuleOptions {
  readonly samples?: string
  readonly origin?: readonly string[]
  readonly compare?: string
  readonly fingerprints?: boolean
  readonly providerRequests?: number
}

export function addDoctor(program: Command, parts: Parts): void {
  program
    .command('doctor')
    .description(
      'Says what is wrong with the configuration of the application, and the mend of each: before the first user does. Changes nothing. Asks what the application asks, and prints no credential and no secret.',
    )
    .requiredOption(
      '--auth <module>',
      'the module of the application that exports its instance, such as ./dist/auth.js',
    )
    .option('--export <name>', 'the name that it is exported by', 'auth')
    .option(
      '--samples <file>',
      'credentials to judge, one header field on each line, as browsers show them; - reads standard input. The file is as secret as they are',
    )
    .option('--origin <origins...>', 'origins of the pages of the application, such as https://app.example.com')
    .option('--compare <file>', 'what --fingerprints or `dualauth fingerprint` printed elsewhere')
    .addOption(
      new Option(
        '--provider-requests <count>',
        'asks `get-session` of `httpSessions` up to so many times at once, to meet its rate limiter',
      ).argParser(requestCount),
    )
    .option('--fingerprints', 'prints the fingerprints of the secrets for --compare, and checks nothing')
    .action(async (options: DoctorOptions, command: Command) => doctor(sessionOf(command, parts), options))
}

async function doctor(session: Session, options: DoctorOptions): Promise<void> {
  const { terminal, out } = session
  const loaded = await loadModule(options, terminal.cwd)
  const examined = loaded.ok ? examinedOf(loaded.value, options.export) : null
  try {
    if (options.fingerprints === true) {
      if (examined === null)
        throw new CliError(EXIT.usage, 'The module of --auth cannot be used; run the doctor without --fingerprints.')
      return out.json({ fingerprints: await examined.auth.fingerprints() })
    }
    const now = Date.now
    const given = {
      examined,
      thrown: loaded.ok ? null : loaded.thrown,
      samples: await samplesOf(session, options, examined),
      origins: (options.origin ?? []).map(originOf),
      reference: await referenceOf(session, options),
      providerRequests: options.providerRequests ?? 0,
      probe: createProbe(now),
      now,
    }
    await withStores(session, async ({ database, redis, findings, skipped }) => {
      const found = await findingsOf({ ...given, database, redis })
      print(session, [...findings, ...found], [...skipped, ...notGiven(options)])
    })
  } finally {
    await examined?.auth.close().catch(() => {})
  }
}

function examinedOf(value: unknown, name: string): Examined {
  if (typeof memberOf(value, 'explain') !== 'function')
    throw new CliError(EXIT.usage, `The module of --auth exports no instance of createDualAuth as "${name}".`)
  if (typeof memberOf(value, 'inspect') !== 'function')
    throw new CliError(
      EXIT.usage,
      'The instance is of an older @dualauth/core than this command: give both one version.',
    )
  const auth = value as Patient
  return { auth, inspection: auth.inspect() }
}

async function samplesOf(
  session: Session,
  { samples }: DoctorOptions,
  examined: Examined | null,
): Promise<Context['samples']> {
  if (samples === undefined) return []
  const { terminal, err } = session
  if (samples === '-' && terminal.stdin.isTTY === true)
    err.line('Paste header fields, one on each line, then press Ctrl-D.')
  const text = samples === '-' ? await readAll(terminal.stdin) : await fileOf(samples, session, '--samples')
  return readSamples(text, cookieNames(examined?.auth.shapes ?? []))
}

async function fileOf(path: string, { terminal }: Session, option: string): Promise<string> {
  return readFile(resolve(terminal.cwd, path), 'utf8').catch((error: unknown) => {
    throw new CliError(EXIT.usage, `The file of ${option} cannot be read (${String(memberOf(error, 'code'))}).`)
  })
}

function originOf(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null'
  // By the URL standard, app schemes such as tauri:// have no origin.
  if (origin === 'null' && !/^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/.test(text))
    throw new CliError(EXIT.usage, '--origin must be an origin, such as https://app.example.com.')
  return origin === 'null' ? text : origin
}

async function referenceOf(session: Session, { compare }: DoctorOptions): Promise<Context['reference']> {
  if (compare === undefined) return null
  const text = await fileOf(compare, session, '--compare')
  try {
    // An application may log to standard output, before and after what was printed.
    const printed = text.match(/^\{$[\s\S]*?^\}$/gm)?.at(-1) ?? text
    const { fingerprints } = JSON.parse(printed) as { readonly fingerprints: readonly SecretFingerprint[] }
    const isOne = (one: SecretFingerprint): boolean =>
      typeof one.verifier === 'string' && Number.isInteger(one.index) && /^[\da-f]{8}$/.test(one.fingerprint)
    if (fingerprints.every(isOne)) return fingerprints
  } catch {
    // Reported below.
  }
  throw new CliError(EXIT.usage, 'The file of --compare is not what --fingerprints prints.')
}

/** Optional inputs that were not given. */
function notGiven({ samples, origin, compare }: DoctorOptions): readonly string[] {
  return [
    ...(samples === undefined ? ['credentials (--samples)'] : []),
    ...(origin === undefined ? ['origins of your pages (--origin)'] : []),
    ...(compare === undefined ? ['secrets of other processes (--compare)'] : []),
  ]
}

const MOST_REQUESTS = 500

function requestCount(text: string): number {
  const count = Number(text)
  if (!/^\d{1,3}$/.test(text) || count < 1 || count > MOST_REQUESTS)
    throw new InvalidArgumentError(`It must be a number from 1 to ${MOST_REQUESTS}.`)
  return count
}

const STYLES: Readonly<Record<Severity, Style>> = { problem: 'red', warning: 'yellow', ok: 'green' }

function print({ out, err, isJson, exit }: Session, findings: readonly Finding[], skipped: readonly string[]): void {
  if (findings.some(({ severity }) => severity === 'problem')) exit(EXIT.problems)
  if (isJson) return out.json({ findings, skipped })
  for (const { severity, code, subject, seen, mend } of findings) {
    const about = subject === null ? '' : `${subject}: `
    out.line(
      `${severity.padEnd(7)}  ${code}  ${about}${seen}${mend === null ? '' : ` Mend: ${mend}`}`,
      STYLES[severity],
    )
  }
  if (skipped.length > 0) err.line(`Not looked at: ${skipped.join('; ')}.`, 'dim')
  const count = (severity: Severity): string => {
    const { length } = findings.filter((one) => one.severity === severity)
    return `${length} ${severity}${length === 1 ? '' : 's'}`
  }
  out.line(`${count('problem')}, ${count('warning')}.`, 'bold')
}
