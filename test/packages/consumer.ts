// A project of somebody else: the packed tarballs of all packages, installed as npm would give them
// out, beside the frameworks. It lives in the ignored .cache folder and is kept between runs for as
// long as the tarballs and the fixtures stay what they were.
import { execFile, type ExecFileException } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { frameworksOf, published } from '../../scripts/packages.mjs'
import { pnpmCommand } from '../../scripts/pnpm.mjs'

/** The packages that users install. */
export const PACKAGES = published()

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

/** What the project depends on: its own list, our tarballs, and the frameworks as the workspace has them. */
function manifest(): string {
  const own = JSON.parse(readFileSync(join(fixtures, 'package.json'), 'utf8')) as { dependencies: object }
  const tarballs = PACKAGES.map(({ folder, name }) => [name, `file:../tarballs/${folder}.tgz`])
  const frameworks = PACKAGES.flatMap((one) =>
    Object.keys(frameworksOf(one)).map((name) => {
      const installed = readFileSync(join(one.path, 'node_modules', name, 'package.json'), 'utf8')
      return [name, (JSON.parse(installed) as { version: string }).version]
    }),
  )
  const dependencies = { ...own.dependencies, ...Object.fromEntries([...tarballs, ...frameworks]) }
  return JSON.stringify({ ...own, dependencies }, null, 2)
}

/** The type tests that a package brings along for projects that installed it. */
function copyTypes(): void {
  for (const { folder, path } of PACKAGES) {
    const from = join(path, 'test/consumer.ts')
    if (existsSync(from)) cpSync(from, join(CONSUMER, 'types', `${folder}.ts`))
  }
}

function stampOf(): string {
  const hash = createHash('sha256')
  const add = (path: string): void => {
    const isFolder = statSync(path).isDirectory()
    if (isFolder) for (const name of readdirSync(path).toSorted()) add(join(path, name))
    else hash.update(path).update(readFileSync(path))
  }
  for (const {
    folder,
    path,
    manifest: { files = [] },
  } of PACKAGES) {
    if (!existsSync(join(path, 'dist'))) throw new Error(`packages/${folder} is not built: run \`npm run build\` first`)
    for (const name of ['package.json', ...files]) add(join(path, name))
    if (existsSync(join(path, 'test/consumer.ts'))) add(join(path, 'test/consumer.ts'))
  }
  add(fixtures)
  return hash.update(manifest()).digest('hex')
}

/** vitest's global setup of this project. */
export async function setup(): Promise<void> {
  const stamp = stampOf()
  const stampFile = join(cache, 'stamp')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return

  rmSync(cache, { recursive: true, force: true })
  mkdirSync(join(cache, 'tarballs'), { recursive: true })
  for (const { folder, path } of PACKAGES) await pnpm(['pack', '--out', tarballOf(folder)], path)
  cpSync(fixtures, CONSUMER, { recursive: true })
  copyTypes()
  writeFileSync(join(CONSUMER, 'package.json'), manifest())
  await pnpm(['install', '--ignore-workspace', '--no-lockfile', '--prefer-offline', '--ignore-scripts'], CONSUMER)
  writeFileSync(stampFile, stamp)
}
