import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { adapters, entriesOf } from '../../scripts/packages.mjs'
import { CONSUMER, must, PACKAGES } from './consumer.js'

/** The names that a module object has at run time. */
async function namesOf(kind: 'import' | 'require', specifier: string): Promise<string[]> {
  const load = kind === 'import' ? `await import('${specifier}')` : `require('${specifier}')`
  const script = `console.log(JSON.stringify(Object.keys(${load})))`
  const type = kind === 'import' ? 'module' : 'commonjs'
  const names = JSON.parse(await must(process.execPath, [`--input-type=${type}`, '--eval', script])) as string[]
  return names.filter((name) => name !== 'module.exports' && name !== '__esModule').toSorted()
}

/** The names that TypeScript sees, by kind. */
function declaredBy(specifiers: readonly string[]): Record<string, { values: string[]; types: string[] }> {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: true,
    types: [],
  }
  const from = join(CONSUMER, 'any.mts')
  const files = specifiers.map((specifier) => {
    const found = ts.resolveModuleName(specifier, from, options, ts.sys, undefined, undefined, ts.ModuleKind.ESNext)
    if (!found.resolvedModule) throw new Error(`${specifier} does not resolve`)
    return found.resolvedModule.resolvedFileName
  })
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()
  return Object.fromEntries(
    specifiers.map((specifier, i) => {
      const symbol = checker.getSymbolAtLocation(program.getSourceFile(files[i]!)!)
      const values: string[] = []
      const types: string[] = []
      for (const exported of symbol ? checker.getExportsOfModule(symbol) : []) {
        const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
        ;(target.flags & ts.SymbolFlags.Value ? values : types).push(exported.name)
      }
      return [specifier, { values: values.toSorted(), types: types.toSorted() }]
    }),
  )
}

describe('exported names', () => {
  const entries = PACKAGES.map((one) => ({ ...one, specifiers: entriesOf(one).map(({ specifier }) => specifier) }))
  const specifiers = entries.flatMap((one) => one.specifiers)
  const declared = declaredBy(specifiers)

  it.each(entries)('of $name are the ones that were agreed on', async (one) => {
    const names = Object.fromEntries(one.specifiers.map((specifier) => [specifier, declared[specifier]]))
    const snapshot = join(one.path, 'test/exports.snapshot.json')
    await expect(`${JSON.stringify(names, null, 2)}\n`).toMatchFileSnapshot(snapshot)
  })

  it.each(specifiers)('%s: import, require and declarations agree', async (specifier) => {
    const { values } = declared[specifier]!
    const withoutDefault = (names: string[]): string[] => names.filter((name) => name !== 'default')
    expect(withoutDefault(await namesOf('import', specifier))).toEqual(withoutDefault(values))
    expect(withoutDefault(await namesOf('require', specifier))).toEqual(withoutDefault(values))
  })

  it('are the same in every adapter', () => {
    const [first, ...rest] = adapters().map(({ name }) => declared[name]!.values)
    expect(rest.length).toBeGreaterThan(1)
    for (const values of rest) expect(values).toEqual(first)
  })
})
