import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url))
/** Where statements are written that run in the application's database. */
const FOLDERS = [
  'postgres/src',
  'postgres/sql',
  'cli/src',
  'import/src',
  'core/src/sql',
  'core/src/verifiers/better-auth',
]

/** What SQL itself writes like a call. */
const GRAMMAR = [
  'any',
  'array',
  'cast',
  'coalesce',
  'exists',
  'extract',
  'greatest',
  'least',
  'nullif',
  'operator',
  'values',
]

it('calls every function of PostgreSQL by its schema, so that nobody else can answer', () => {
  const texts = FOLDERS.flatMap((folder) => filesIn(join(PACKAGES, folder)).flatMap(textsOf))
  expect(texts.flatMap(unqualified)).toEqual([])
  // It reads what it is meant to read.
  expect(texts.filter((text) => text.includes('pg_catalog.')).length).toBeGreaterThan(50)
  expect(unqualified(`select max(at), pg_catalog.min(at), coalesce(at, now()) from t`)).toEqual(['max(', 'now('])
})

/** Columns and lists have a space in front of their parenthesis, calls have none. */
function unqualified(text: string): readonly string[] {
  // Without comments and literals.
  const code = text.replaceAll(/--.*$/gm, '').replaceAll(/'[^']*'/g, "''")
  return [...code.matchAll(/(?<![\w.$-])([a-z_][a-z\d_]*)\(/g)].flatMap(([call, name = '']) =>
    GRAMMAR.includes(name) ? [] : [call],
  )
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') || name.endsWith('.sql'))
    .map((name) => join(folder, name))
}

/** The texts of a file, without what is computed within them. */
function textsOf(file: string): readonly string[] {
  const content = readFileSync(file, 'utf8')
  if (file.endsWith('.sql')) return [content]
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node))
      texts.push([node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join('$'))
    else if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, content, ts.ScriptTarget.Latest))
  return texts
}
