// Type-checks snippets as strictly as the workspace, against its sources.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { packages } from '../../scripts/packages.mjs'
import { ROOT, type Written } from './snippets.js'

const prelude = join(ROOT, 'test/docs/fixtures/prelude.d.ts')
/** What the sources of a package declare for themselves, and import nowhere. */
const ambient = packages().flatMap(({ path }) =>
  readdirSync(join(path, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => join(path, 'src', file)),
)

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, 'tsconfig.base.json')
  const { config } = ts.readConfigFile(path, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT, undefined, path)
  return { ...options, types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] }
}

/** What the compiler says, by page and line of the page. */
export function compile(snippets: readonly Written[]): string[] {
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const parsed = new Map<string, ts.SourceFile | undefined>()
  const { getSourceFile } = host
  host.getSourceFile = (file, ...rest) => {
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, ...rest))
    return parsed.get(file)
  }
  return programs(snippets).flatMap((group) => {
    const program = ts.createProgram([prelude, ...ambient, ...group.map(({ file }) => file)], options, host)
    return diagnosticsOf(program, [prelude, ...group.map(({ file }) => file)]).map((one) => describe(one, group))
  })
}

/** Of these files alone: the type check of the workspace has judged the sources that they import. */
function diagnosticsOf(program: ts.Program, files: readonly string[]): ts.Diagnostic[] {
  const found = files.flatMap((file): readonly ts.Diagnostic[] => {
    const source = program.getSourceFile(file)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  })
  return [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...found]
}

/** A page that augments an interface is compiled by itself: what it declares holds for all it is compiled with. */
function programs(snippets: readonly Written[]): Written[][] {
  const groups = new Map<string, Written[]>()
  for (const snippet of snippets) {
    const augments = snippets.some(
      ({ page, code }) => page === snippet.page && /^declare (?:module|global)/m.test(code),
    )
    const key = augments ? `${snippet.page} in ${snippet.home}` : 'all others'
    groups.set(key, [...(groups.get(key) ?? []), snippet])
  }
  return [...groups.values()]
}

function describe({ file, start, messageText }: ts.Diagnostic, group: readonly Written[]): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n')
  if (file === undefined) return message
  const { line } = file.getLineAndCharacterOfPosition(start ?? 0)
  const snippet = group.find((candidate) => candidate.file === file.fileName)
  return snippet === undefined
    ? `${file.fileName}:${line + 1} ${message}`
    : `${snippet.page}:${snippet.line + line} ${message}`
}
