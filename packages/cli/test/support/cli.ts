import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { chmodSync, mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
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
  await bundle({ entryPoints: [join(PACKAGE, 'src/bin.ts')], outfile: bin })
  chmodSync(bin, 0o755)
  return { bin, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A module of an application, with the sources of our packages. */
export async function buildModule(contents: string, outfile: string): Promise<string> {
  await bundle({ stdin: { contents, resolveDir: PACKAGE }, outfile })
  return outfile
}

async function bundle(options: BuildOptions): Promise<void> {
  const sources = packages().flatMap(entriesOf)
  await build({
    ...options,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    alias: { '#crypto': CRYPTO, ...Object.fromEntries(sources.map(({ specifier, source }) => [specifier, source])) },
    loader: { '.sql': 'text' },
    external: ['pg', 'redis', '@electric-sql/pglite', 'commander'],
    logLevel: 'error',
  })
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Where relative paths begin. Default: where the tests run. */
  readonly cwd?: string
}

/** Starts the command, off a terminal. */
export function start(bin: string, args: readonly string[], { env = {}, cwd }: RunOptions = {}): Running {
  return watched(spawn(process.execPath, [bin, ...args], { env: environment(env), cwd }))
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
  const changes = new EventEmitter()
  const add = (stream: 'out' | 'err') => (portion: Buffer) => {
    said[stream] += portion.toString()
    changes.emit('change')
  }
  child.stdout.on('data', add('out'))
  child.stderr.on('data', add('err'))
  // It may end before it has read everything.
  child.stdin.on('error', () => {})
  const ended = once(child, 'close').then(([code]) => {
    changes.emit('change')
    return { code: code as number | null, ...said }
  })
  return {
    child,
    ended,
    said: () => said.out + said.err,
    async says(what) {
      const has = (text: string): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text))
      while (!has(said.out + said.err)) {
        if (child.exitCode !== null) throw new Error(`it ended without saying ${what}: ${said.out}${said.err}`)
        await once(changes, 'change')
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
