// The house rules that no linter knows: the order of the rooms in packages/core/src (a room imports
// values only from rooms before it; types may cross), no node: import outside crypto/node*.ts, no
// environment variable, no default export except Fastify's plugin, no mutable state at module level, no
// import from one verifier's folder into another's, and docstring tags where editors read them.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import ts from 'typescript'
import { root } from './pnpm.mjs'

export const ROOMS = [
  'errors',
  'http',
  'settings',
  'crypto',
  'async',
  'outbound',
  'sql',
  'events',
  'keys',
  'extract',
  'route',
  'cache',
  'throttle',
  'verify',
  'verifiers',
  'identity',
  'access',
  'migration',
  'respond',
  'request',
  'diagnose',
  'adapter',
]

const MAX_LINES = 300

/** Every import and re-export of a module: `{ specifier, value, namespace, line }`. */
function importsOf(source) {
  const found = []
  const add = (node, specifier, value, namespace = false) =>
    found.push({
      namespace,
      specifier,
      value,
      line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
    })
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.importClause
      const named = clause?.namedBindings
      const onlyTypes =
        clause?.isTypeOnly ||
        (clause && !clause.name && named && ts.isNamedImports(named) && named.elements.every((e) => e.isTypeOnly))
      add(node, node.moduleSpecifier.text, !onlyTypes, !!named && ts.isNamespaceImport(named))
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.exportClause
      const onlyTypes =
        node.isTypeOnly || (clause && ts.isNamedExports(clause) && clause.elements.every((e) => e.isTypeOnly))
      add(node, node.moduleSpecifier.text, !onlyTypes)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      if (argument && ts.isStringLiteral(argument)) add(node, argument.text, true)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** What keeps nothing between two calls. */
const STATELESS = ['TextEncoder', 'TextDecoder', 'RegExp', 'URL']

/** Why a variable at module level may hold state that changes; null where it cannot. */
function stateOf(list, { type, initializer }) {
  if (!(list.flags & ts.NodeFlags.Const)) return 'can be assigned again'
  let value = initializer
  while (
    value &&
    (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) || ts.isParenthesizedExpression(value))
  ) {
    if (ts.isAsExpression(value) && value.type.getText() === 'const') return null
    value = value.expression
  }
  if (!value) return null
  const isReadonly = /^(?:Readonly|readonly )/.test(type?.getText() ?? '')
  const isEmpty =
    (ts.isArrayLiteralExpression(value) && value.elements.length === 0) ||
    (ts.isObjectLiteralExpression(value) && value.properties.length === 0)
  if (isEmpty) return isReadonly ? null : 'is empty and not readonly, so it waits to be filled'
  if (!ts.isNewExpression(value)) return null
  const made = value.expression.getText()
  if (STATELESS.includes(made)) return null
  const from = value.arguments ?? []
  const isLiteral = from.length === 1 && ts.isArrayLiteralExpression(from[0])
  return isReadonly && isLiteral && ['Set', 'Map'].includes(made) ? null : `keeps a ${made}`
}

/** @param {Record<string, string>} files Text by path inside the repository, with forward slashes. */
export function problemsOf(files) {
  const problems = []
  for (const [path, text] of Object.entries(files)) {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    const say = (line, message) => problems.push(`${path}:${line} ${message}`)
    const core = path.startsWith('packages/core/src/')
    const inside = path.replace(/^packages\/[^/]+\/src\//, '')
    const room = inside.includes('/') ? inside.split('/')[0] : null

    if (core && room && !ROOMS.includes(room)) say(1, `"${room}" is not a room of the core`)
    const lines = text.split('\n').length
    if (lines > MAX_LINES) say(lines, `has more than ${MAX_LINES} lines`)
    // TypeScript knows a tag only at the beginning of a line.
    for (const match of text.matchAll(/^ *(?:\/\*\*|\*) .*\S @(?:param|returns|throws)\b/gm)) {
      say(text.slice(0, match.index).split('\n').length, 'has a docstring tag in the middle of a line')
    }
    // A command is an application itself: its entry hands the environment on.
    const isCommand = inside === 'bin.ts'
    for (const match of isCommand ? [] : text.matchAll(/\bprocess\.env\b/g)) {
      say(text.slice(0, match.index).split('\n').length, 'reads the environment; a library takes options')
    }
    for (const statement of source.statements) {
      if (!ts.isVariableStatement(statement)) continue
      for (const declaration of statement.declarationList.declarations) {
        const state = stateOf(statement.declarationList, declaration)
        if (state === null) continue
        const { line } = source.getLineAndCharacterOfPosition(declaration.getStart())
        say(line + 1, `"${declaration.name.getText()}" ${state}; state belongs to an instance`)
      }
    }
    for (const statement of source.statements) {
      const isDefault =
        (ts.isExportAssignment(statement) && !statement.isExportEquals) ||
        statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)
      if (isDefault && !path.startsWith('packages/fastify/')) {
        say(source.getLineAndCharacterOfPosition(statement.getStart()).line + 1, 'has a default export')
      }
    }

    for (const { specifier, value, namespace, line } of importsOf(source)) {
      if (/^zod($|\/)/.test(specifier) && value && !(/^zod\/(?:mini|v4\/core)$/.test(specifier) && namespace)) {
        // `import { z }` puts all of zod into the bundle: 700 KB instead of 30.
        say(line, "imports zod otherwise than by `import * as … from` 'zod/v4/core' or 'zod/mini'")
      }
      if (core && specifier.startsWith('node:') && !/^crypto\/node(?:-keys)?\.ts$/.test(inside)) {
        say(line, `imports ${specifier}; the core runs without node: modules outside crypto/node.ts and node-keys.ts`)
      }
      if (!core) continue
      let target = null
      if (specifier === '#crypto') target = 'crypto/port.ts'
      else if (specifier.startsWith('.')) {
        target = posix.join(posix.dirname(inside), specifier).replace(/\.js$/, '.ts')
      }
      if (target === null) continue
      const [ownVerifier, otherVerifier] = [inside, target].map((at) => /^verifiers\/([^/]+)\//.exec(at)?.[1])
      if (ownVerifier && otherVerifier && ownVerifier !== otherVerifier)
        say(line, `imports from the verifier "${otherVerifier}"; what both need belongs in verify/`)
      if (target === 'index.ts') say(line, 'imports index.ts, which nobody may import')
      if (!room || !value) continue
      const targetRoom = target.includes('/') ? target.split('/')[0] : null
      if (targetRoom === null) say(line, `imports a value of ${target}; a room does not know the line that calls it`)
      else if (ROOMS.indexOf(targetRoom) > ROOMS.indexOf(room)) {
        say(line, `imports a value of "${targetRoom}", which comes after "${room}"`)
      }
    }
  }
  return problems
}

/** The sources of all packages, by path. */
export function sources() {
  const files = readdirSync(join(root, 'packages')).flatMap((name) =>
    readdirSync(join(root, 'packages', name, 'src'), { recursive: true })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `packages/${name}/src/${path.split(sep).join('/')}`),
  )
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}
