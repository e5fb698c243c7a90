// A project of somebody else: the packed tarballs of all packages, installed as npm would give them
// out, beside the frameworks. It lives in the ignored .cache folder and is kept between runs for as
// long as the tarballs and the fixtures stay what they were.
import { execFile, type ExecFileException } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pnpmCommand } from '../../scripts/pnpm.mjs'

export const PACKAGES = ['core', 'express', 'hono', 'fastify', 'testing'] as const

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(ROOT, '.cache/packages')
const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url))

/** The folder of the installed project. */
export const CONSUMER: string = join(cache, 'consumer')

/** The tarball of a package. */
export const tarballOf = (name: string): string => join(cache, 'tarballs', `${name}.tgz`)

export interface Outcome {
  readonly status: number
  readonly output: string
}

/** Runs a program; output is both streams. */
export function run(command: string, args: readonly string[], cwd: string = CONSUMER): Promise<Outcome> {
  const options = { cwd, maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32', env: environment() }
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ status: error ? Number(error.code ?? 1) || 1 : 0, output: `${stdout}${stderr}`.trim() })
    })
    child.stdin?.end()
  })
}

/** Without what vitest and npm put there, which would reach the programs under test. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|VITE_|npm_|NODE_ENV$|NODE_OPTIONS$|TEST$)/.test(name),
  )
  return { ...Object.fromEntries(kept), NO_COLOR: '1' }
}

export async function must(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { status, output } = await run(command, args, cwd)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${output}`)
  return output
}

async function pnpm(args: readonly string[], cwd: string): Promise<string> {
  const [command, ...before] = pnpmCommand() as [string, ...string[]]
  return must(command, [...before, ...args], cwd)
}

function stampOf(): string {
  const hash = createHash('sha256')
  const add = (folder: string): void => {
    for (const name of (readdirSync(folder, { recursive: true }) as string[]).toSorted()) {
      const path = join(folder, name)
      if (existsSync(path) && /\.[a-z]+$/.test(name)) hash.update(name).update(readFileSync(path))
    }
  }
  for (const name of PACKAGES) {
    const folder = join(ROOT, 'packages', name)
    if (!existsSync(join(folder, 'dist'))) throw new Error(`packages/${name} is not built: run \`npm run build\` first`)
    hash.update(readFileSync(join(folder, 'package.json')))
    add(join(folder, 'dist'))
  }
  add(fixtures)
  return hash.digest('hex')
}

/** vitest's global setup of this project. */
export async function setup(): Promise<void> {
  const stamp = stampOf()
  const stampFile = join(cache, 'stamp')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return

  rmSync(cache, { recursive: true, force: true })
  mkdirSync(join(cache, 'tarballs'), { recursive: true })
  for (const name of PACKAGES) {
    await pnpm(['pack', '--out', tarballOf(name)], join(ROOT, 'packages', name))
  }
  cpSync(fixtures, CONSUMER, { recursive: true })
  await pnpm(['install', '--ignore-workspace', '--no-lockfile', '--prefer-offline', '--ignore-scripts'], CONSUMER)
  writeFileSync(stampFile, stamp)
}
