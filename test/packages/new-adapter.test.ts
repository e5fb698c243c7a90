import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { rendered } from '../../scripts/new-adapter.mjs'
import { adapters } from '../../scripts/packages.mjs'
import { must, ROOT, run } from './consumer.js'

const COPY = join(ROOT, '.cache/new-adapter')
const require = createRequire(import.meta.url)
const git = (...args: string[]): string[] =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean)

/** The repository as it is, without what git ignores, and with the modules that are installed here. */
function copyRepository(): void {
  rmSync(COPY, { recursive: true, force: true })
  const files = git('ls-files', '-z', '--cached', '--others', '--exclude-standard')
  for (const path of files.filter((each) => existsSync(join(ROOT, each)))) {
    mkdirSync(dirname(join(COPY, path)), { recursive: true })
    cpSync(join(ROOT, path), join(COPY, path))
  }
  const withModules = ['', ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`)]
  for (const folder of withModules) {
    const modules = join(ROOT, folder, 'node_modules')
    if (existsSync(modules)) symlinkSync(modules, join(COPY, folder, 'node_modules'), 'junction')
  }
}

/** Every file of the copy, with its text, but for what is installed. */
function filesOf(folder: string): Map<string, string> {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = join(folder, entry.name)
    if (entry.name === 'node_modules') return []
    return entry.isDirectory() ? [...filesOf(path)] : [[path.slice(COPY.length + 1), readFileSync(path, 'latin1')]]
  })
  return new Map(found)
}

describe('npm run new-adapter -- koa', () => {
  let before: Map<string, string>
  beforeAll(async () => {
    copyRepository()
    before = filesOf(COPY)
    await must(process.execPath, ['scripts/new-adapter.mjs', 'koa'], COPY)
  })

  it('touches nothing outside the folder of the package', () => {
    const after = filesOf(COPY)
    const touched = [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path)
    expect([...before.keys()].filter((path) => !after.has(path))).toEqual([])
    expect(touched.toSorted()).toEqual(
      Object.keys(rendered('koa'))
        .map((path) => `packages/koa/${path}`)
        .toSorted(),
    )
    expect(touched).toContain('packages/koa/src/guard.ts')
  })

  it('refuses a name that is taken or is none', async () => {
    for (const name of ['koa', 'express', '../x', 'Koa', ''])
      expect([name, (await run(process.execPath, ['scripts/new-adapter.mjs', name], COPY)).status]).toEqual([name, 1])
  })

  it('makes a package that compiles, as strictly as the others', async () => {
    const tsc = require.resolve('typescript/lib/tsc.js')
    expect(await run(process.execPath, [tsc, '--project', 'packages/koa/tsconfig.json'], COPY)).toEqual({
      status: 0,
      output: '',
    })
  })

  it('makes a package that is formatted and that every list of packages has', async () => {
    const prettier = require.resolve('prettier/bin/prettier.cjs')
    expect(await run(process.execPath, [prettier, '--check', 'packages/koa'], COPY)).toMatchObject({ status: 0 })
    expect(adapters(COPY).map(({ name }) => name)).toContain('@dualauth/koa')
    const script = [
      "import { sources, problemsOf } from './scripts/check-rooms.mjs'",
      "const files = sources(); if (!('packages/koa/src/guard.ts' in files)) throw new Error('not looked at')",
      'console.log(JSON.stringify(problemsOf(files).filter((problem) => problem.includes("koa"))))',
    ].join('\n')
    expect(await run(process.execPath, ['--input-type=module', '--eval', script], COPY)).toEqual({
      status: 0,
      output: '[]',
    })
  })

  it('makes a package that fails the conformance suite only', async () => {
    const vitest = join(require.resolve('vitest/package.json'), '../vitest.mjs')
    const { status, output } = await run(process.execPath, [vitest, 'run', '--project', 'koa', '--reporter=json'], COPY)
    const { testResults } = JSON.parse(output.slice(output.indexOf('{"num'))) as { testResults: TestFile[] }
    expect(status).toBe(1)
    const failed = testResults.filter((file) => file.status === 'failed').map(({ name }) => name.slice(COPY.length + 1))
    const passed = testResults.filter((file) => file.status === 'passed').map(({ name }) => name.slice(COPY.length + 1))
    expect({ failed, passed }).toEqual({
      failed: ['packages/koa/test/conformance.test.ts'],
      passed: ['packages/koa/test/mistakes.test.ts'],
    })
  })
})

interface TestFile {
  readonly name: string
  readonly status: 'passed' | 'failed'
}

describe.each(adapters())('$name is made from the template', ({ folder, path, manifest }) => {
  const template = rendered(folder)
  const read = (file: string): string => readFileSync(join(path, file), 'utf8')

  it('and is configured and built as it says', () => {
    expect(read('tsconfig.json')).toBe(template['tsconfig.json'])
    const entries = /entry: \{.*\}/
    expect(read('tsup.config.ts').replace(entries, '')).toBe(template['tsup.config.ts']!.replace(entries, ''))
  })

  it('and is published as it says', () => {
    const own = JSON.parse(template['package.json']!) as Record<string, unknown>
    // The text about it is its own, and it may have more entries and dependencies than the template.
    const { version: _v, keywords: _k, description: _d, ...same } = own
    const files = expect.arrayContaining(own['files'] as string[]) as string[]
    expect(manifest).toMatchObject({ ...same, files })
  })

  it('and documents its exports in the same words', () => {
    const words = wordsOf(template['src/index.ts']!)
    expect(Object.keys(words)).toEqual(expect.arrayContaining(['requireAuth', 'getPrincipal']))
    expect(wordsOf(read('src/index.ts'))).toEqual(words)
  })

  it('and has its rooms', () => {
    const parts = Object.keys(template).filter((file) => !['src/framework.ts', 'src/guard.ts'].includes(file))
    expect(parts.filter((file) => !existsSync(join(path, file)))).toEqual([])
  })
})

/** What stands above each exported value, by its name: examples aside, and how the framework calls a request. */
function wordsOf(source: string): Record<string, string> {
  const documented = source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const (\w+)/g)
  return Object.fromEntries(
    [...documented].map(([, words = '', name = '']) => [
      name,
      (words.split('@example')[0] as string).replace(/\(principal, \w+\)/, '(principal, request)'),
    ]),
  )
}
