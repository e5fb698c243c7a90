// Takes every ```ts block out of the documentation and writes it to a file inside the package whose
// framework it uses, so that its imports resolve as a reader's would.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

const FRAMEWORKS = ['express', 'hono', 'fastify'] as const
type Home = 'core' | (typeof FRAMEWORKS)[number]

export interface Snippet {
  /** Path of the page inside the repository. */
  readonly page: string
  /** Line of the block's first line of code. */
  readonly line: number
  readonly code: string
  /** From a first line such as `// auth.ts`; other blocks of the page import it by that name. */
  readonly name: string | null
  readonly home: Home
}

/** Every page that a reader sees. */
export function pages(): string[] {
  const below = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
  const packages = ['core', ...FRAMEWORKS, 'testing'].map((name) => `packages/${name}/README.md`)
  return ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...packages, ...below.toSorted()]
}

export const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8')

export function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [block, indent, body] = match as unknown as [string, string, string]
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    return {
      page,
      line: text.slice(0, match.index + block.indexOf('\n') + 1).split('\n').length,
      code,
      name: /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1] ?? null,
      home: homeOf(code),
    }
  })
}

function homeOf(code: string): Home {
  return FRAMEWORKS.find((name) => new RegExp(`(from|module) '(@dualauth/)?${name}'`).test(code)) ?? 'core'
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
  for (const home of ['core', ...FRAMEWORKS]) rmSync(folderOf(home as Home), { recursive: true, force: true })
  const auth = SNIPPETS.find(({ page, name }) => page === 'README.md' && name === 'auth.ts') as Snippet
  for (const { page, home, file, code } of SNIPPETS) {
    const named = SNIPPETS.filter((other) => other.page === page && other.home === 'core' && other.name !== null)
    const beside = named.some(({ name }) => name === 'auth.ts') ? named : [...named, { ...auth, page }]
    for (const other of beside) write(fileFor(other, home), other.code)
    write(file, code)
  }
}

function fileFor({ page, name, line }: Snippet, home: Home): string {
  return join(folderOf(home), page.replace(/\.md$/, '').replaceAll('/', '.'), name ?? `line-${line}.ts`)
}

function folderOf(home: Home): string {
  return join(ROOT, 'packages', home, '.cache/docs')
}

function write(file: string, code: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, code)
}
