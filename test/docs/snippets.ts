// Takes every ```ts block out of the documentation and writes it to a file inside the package whose
// framework it uses, so that its imports resolve as a reader's would.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adapters, frameworksOf, published } from '../../scripts/packages.mjs'

type Package = ReturnType<typeof published>[number]

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

const PACKAGES = published()
const ADAPTERS = adapters()
/** Reaches the old libraries, for what the guides of docs/from show before the move. */
const BEFORE: Package = (() => {
  const path = join(ROOT, 'test/docs/before')
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Package['manifest']
  return { folder: '../test/docs/before', path, name: manifest.name, manifest }
})()

/** The adapters that have a page; the README and the page about testing show each of them too. */
export const DOCUMENTED: readonly string[] = ADAPTERS.map(({ folder }) => folder).filter((folder) =>
  existsSync(join(ROOT, `docs/adapters/${folder}.md`)),
)

export interface Snippet {
  /** Path of the page inside the repository. */
  readonly page: string
  /** Line of the block's first line of code. */
  readonly line: number
  readonly code: string
  /** From a first line such as `// auth.ts`; other blocks of the page import it by that name. */
  readonly name: string | null
  /** Folder of the package that it is written to. */
  readonly home: string
}

/** Every page that a reader sees. */
export function pages(): string[] {
  const below = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
  const readmes = PACKAGES.map(({ folder }) => `packages/${folder}/README.md`)
  return ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...readmes, ...below.toSorted()]
}

export const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8')

export function snippetsOf(page: string, text: string): Snippet[] {
  // What its other blocks import from such a page, they have to reach as well.
  const isWhole = /^\/\/ [\w.-]+\.ts\n(?:(?!^```$)[^])*from 'better-auth'/m.test(text)
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [block, indent, body] = match as unknown as [string, string, string]
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    return {
      page,
      line: text.slice(0, match.index + block.indexOf('\n') + 1).split('\n').length,
      code,
      name: /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1] ?? null,
      home: homeOf(code, isWhole),
    }
  })
}

/**
 * The first package from which all that a block imports can be reached; core has no framework.
 * @param isWhole Whether a block that others import needs Better Auth, which no adapter reaches.
 */
function homeOf(code: string, isWhole: boolean): string {
  const specifiers = [...code.matchAll(/(?:from|module) '([^'./][^']*)'/g)].map(([, specifier]) => specifier as string)
  const imported = specifiers
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
  const reaches = ({ name, manifest }: Package): boolean => {
    const names = [name, ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })]
    return imported.every((wanted) => names.includes(wanted))
  }
  const core = PACKAGES.filter(({ folder }) => folder === 'core')
  const uses = (one: Package): boolean =>
    [one.name, ...Object.keys(frameworksOf(one))].some((name) => imported.includes(name))
  const endpoints = PACKAGES.find(({ folder }) => folder === 'endpoints') as Package
  if (isWhole && reaches(endpoints)) return endpoints.folder
  const home = ADAPTERS.find(uses) ?? [...core, ...PACKAGES].find(reaches) ?? core[0]!
  return (reaches(home) || !reaches(BEFORE) ? home : BEFORE).folder
}

/** A snippet and the file that it is written to. */
export interface Written extends Snippet {
  readonly file: string
}

/** All blocks of all pages. */
export const SNIPPETS: readonly Written[] = pages()
  .flatMap((page) => snippetsOf(page, textOf(page)))
  .map((snippet) => ({ ...snippet, file: fileFor(snippet, snippet.home) }))

/** The file of a block that begins with `// name`. */
export function fileOf(page: string, name: string): string {
  const found = SNIPPETS.find((snippet) => snippet.page === page && snippet.name === name)
  if (found === undefined) throw new Error(`${page} has no block that begins with // ${name}`)
  return found.file
}

/**
 * vitest's global setup of this project: writes all blocks. A named block that uses no framework
 * stands beside every block of its page; a page that brings no `auth.ts` has the one of the README.
 */
export function setup(): void {
  for (const { folder } of [...PACKAGES, BEFORE]) rmSync(folderOf(folder), { recursive: true, force: true })
  const auth = SNIPPETS.find(({ page, name }) => page === 'README.md' && name === 'auth.ts') as Snippet
  for (const { page, home, file, code } of SNIPPETS) {
    const named = SNIPPETS.filter((other) => other.page === page && !isAdapter(other.home) && other.name !== null)
    const beside = named.some(({ name }) => name === 'auth.ts') ? named : [...named, { ...auth, page }]
    for (const other of beside) write(fileFor(other, home), other.code)
    write(file, code)
  }
}

function isAdapter(home: string): boolean {
  return ADAPTERS.some(({ folder }) => folder === home)
}

function fileFor({ page, name, line }: Snippet, home: string): string {
  return join(folderOf(home), page.replace(/\.md$/, '').replaceAll('/', '.'), name ?? `line-${line}.ts`)
}

function folderOf(home: string): string {
  return join(ROOT, 'packages', home, '.cache/docs')
}

function write(file: string, code: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, code)
}
