// Every runtime that dualauth supports, from npm, in the ignored .cache folder: a smoke of the built
// core and Hono adapter on each, and the whole test suite on each Node. `--smoke` leaves the suite
// out; names choose: `npm run test:runtimes -- node-24 deno`.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { pnpm, root } from './pnpm.mjs'
import { step, tool } from './run.mjs'

const cache = join(root, '.cache/runtimes')
const smoke = join(cache, 'smoke')

const RUNTIMES = [
  { name: 'node-22', install: 'node@22.23.3', command: 'node', arguments: ['main.mjs'], suite: true },
  { name: 'node-24', install: 'node@24.21.0', command: 'node', arguments: ['main.mjs'], suite: true },
  { name: 'node-26', install: 'node@26.10.0', command: 'node', arguments: ['main.mjs'], suite: true },
  { name: 'bun', install: 'bun@1.4.5', command: 'bun', arguments: ['run', 'main.mjs'] },
  {
    name: 'deno',
    install: 'deno@2.9.6',
    command: 'deno',
    // No permission beyond reading its own modules: no network, no environment.
    arguments: ['run', '--no-prompt', '--allow-read', '--node-modules-dir=manual', 'main.mjs'],
  },
  {
    name: 'workerd',
    install: 'workerd@1.20261117.1',
    command: 'workerd',
    arguments: ['test', 'workerd.capnp'],
    version: ['--version'],
  },
]

const flags = process.argv.slice(2)
const withSuite = !flags.includes('--smoke')
const chosen = flags.filter((flag) => !flag.startsWith('--'))
for (const name of chosen) {
  if (!RUNTIMES.some((runtime) => runtime.name === name)) throw new Error(`There is no runtime "${name}".`)
}

/** Runs a program to its end; `output` is both streams. */
function run(command, args, { cwd = root, path = null, show = false } = {}) {
  const env = { ...process.env, CI: '1', NO_COLOR: '1' }
  if (path !== null) env.PATH = `${path}${delimiter}${env.PATH}`
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const [stream, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding('utf8')
      stream.on('data', (text) => {
        output += text
        if (show) sink.write(text)
      })
    }
    child.once('error', reject)
    child.once('close', (status) => resolve({ status: status ?? 1, output: output.trim() }))
  })
}

/** Installs a runtime and returns the path of its program. */
async function install({ name, install: specifier, command }) {
  const folder = join(cache, name)
  const program = join(folder, 'node_modules/.bin', command)
  const manifest = JSON.stringify({ private: true, description: specifier })
  const stamp = join(folder, 'installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return program
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), manifest)
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const { status, output } = await run(
    npm[0],
    [
      ...npm.slice(1),
      'install',
      specifier,
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts=false',
    ],
    { cwd: folder },
  )
  if (status !== 0) throw new Error(`npm install ${specifier} failed\n${output}`)
  writeFileSync(stamp, manifest)
  return program
}

/** The smoke beside the built packages, as an application would have them. */
async function prepareSmoke() {
  rmSync(smoke, { recursive: true, force: true })
  cpSync(join(root, 'test/runtimes'), smoke, { recursive: true })
  for (const name of ['jwt', 'remote'])
    writeFileSync(join(smoke, `${name}-secret.txt`), randomBytes(32).toString('base64url'))
  writeFileSync(join(smoke, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  mkdirSync(join(smoke, 'node_modules/@dualauth'), { recursive: true })
  const links = {
    '@dualauth/core': 'packages/core',
    '@dualauth/hono': 'packages/hono',
    hono: 'packages/hono/node_modules/hono',
  }
  for (const [name, target] of Object.entries(links)) {
    symlinkSync(join(root, target), join(smoke, 'node_modules', name), 'junction')
  }
  // Not at the top: on a fresh clone it is there only after the first step.
  const { build } = await import('esbuild')
  await build({
    entryPoints: ['worker.mjs', 'service.mjs'].map((name) => join(smoke, name)),
    outdir: smoke,
    external: ['cloudflare:workers'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    tsconfigRaw: {},
    logLevel: 'error',
  })
}

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
await step('build', () => pnpm(['--filter', './packages/*', 'run', 'build']))
await step('smoke, prepared', prepareSmoke)

const rows = []
const failedIn = (row) => row.smoke === '' || /FAILED/.test(row.smoke + row.suite)
for (const runtime of RUNTIMES) {
  if (chosen.length > 0 && !chosen.includes(runtime.name)) continue
  await step(runtime.name, async () => {
    const row = { runtime: runtime.name, version: '', smoke: '', suite: '' }
    rows.push(row)
    try {
      const program = await install(runtime)
      row.version = (await run(program, runtime.version ?? ['--version'])).output.split('\n')[0]
      const { status, output } = await run(program, runtime.arguments, { cwd: smoke })
      row.smoke = status === 0 ? (/\d+ of \d+ cases/.exec(output)?.[0] ?? 'passed') : 'FAILED'
      console.log(output)
      if (runtime.suite && withSuite) {
        const tests = await run(program, [tool('vitest'), 'run', '--reporter=dot'], {
          path: dirname(program),
          show: true,
        })
        const summary = /^\s*Tests\s+(.*)$/m.exec(tests.output)?.[1] ?? ''
        row.suite = tests.status === 0 ? summary : `FAILED: ${summary}`
      }
    } catch (error) {
      row.smoke ||= 'FAILED'
      console.error(error)
    }
    if (failedIn(row)) console.error(`${runtime.name} FAILED; the others are still run`)
  })
}

console.log('')
console.table(Object.fromEntries(rows.map(({ runtime, ...row }) => [runtime, row])))
const failed = rows.filter(failedIn)
if (failed.length > 0) {
  console.error(`Failed: ${failed.map((row) => row.runtime).join(', ')}`)
  process.exit(1)
}
