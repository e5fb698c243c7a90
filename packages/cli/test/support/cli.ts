import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { entriesOf, packages } from '../../../../scripts/packages.mjs'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const CRYPTO = fileURLToPath(new URL('../../../core/src/crypto/node.ts', import.meta.url))

/** The command, built from the sources of all packages, so that these tests need no build. */
export interface BuiltCli {
  readonly bin: string
  remove(): void
}

export async function buildCli(): Promise<BuiltCli> {
  // Within the package, where its drivers are found.
  const parent = join(PACKAGE, 'node_modules/.test')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'cli-'))
  const bin = join(folder, 'bin.mjs')
  const sources = packages().flatMap(entriesOf)
  await build({
    entryPoints: [join(PACKAGE, 'src/bin.ts')],
    outfile: bin,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    alias: { '#crypto': CRYPTO, ...Object.fromEntries(sources.map(({ specifier, source }) => [specifier, source])) },
    loader: { '.sql': 'text' },
    external: ['pg', '@electric-sql/pglite', 'commander'],
    logLevel: 'error',
  })
  chmodSync(bin, 0o755)
  return { bin, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Starts the command, off a terminal. */
export function start(bin: string, args: readonly string[], { env = {} }: RunOptions = {}): Running {
  return watched(spawn(process.execPath, [bin, ...args], { env: environment(env) }))
}

/** Starts the command on a pseudo terminal of util-linux; both streams arrive as one. */
export function startOnTerminal(bin: string, args: readonly string[], { env = {} }: RunOptions = {}): Running {
  const quoted = [process.execPath, bin, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return watched(spawn('script', ['--quiet', '--return', '--command', quoted, '/dev/null'], { env: environment(env) }))
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  /** What it has said so far. */
  said(): string
  /** Resolves when it has said this. */
  says(what: string | RegExp): Promise<void>
}

function watched(child: ChildProcessWithoutNullStreams): Running {
  const said = { out: '', err: '' }
  child.stdout.on('data', (portion: Buffer) => (said.out += portion.toString()))
  child.stderr.on('data', (portion: Buffer) => (said.err += portion.toString()))
  // It may end before it has read everything.
  child.stdin.on('error', () => {})
  return {
    child,
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...said })),
    said: () => said.out + said.err,
    async says(what) {
      const has = (text: string): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text))
      while (!has(said.out + said.err)) {
        if (child.exitCode !== null) throw new Error(`it ended without saying ${what}: ${said.out}${said.err}`)
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'close')])
      }
    },
  }
}

/** Runs the command, off a terminal, to its end. */
export async function run(bin: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const running = start(bin, args, options)
  running.child.stdin.end(options.input ?? '')
  return running.ended
}

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: '/nonexistent', ...env }
}
