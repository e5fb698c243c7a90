// What an editor shows on hover is documentation too.
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { entriesOf, published } from '../../scripts/packages.mjs'
import { ROOT } from './snippets.js'

const ENTRIES = published().flatMap(entriesOf)

/** Interfaces that people fill in or read; every member of them has a docstring. */
const COMPLETE = /Options$|^(?:Principal|Account|ApiKeyClaims|ApiKeyRecord|LegacyClaimNames|AcceptWeakSecret)$/

function createProgram(): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile)
  return ts.createProgram(
    ENTRIES.map(({ source }) => source),
    ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options,
  )
}

describe('what a package exports', () => {
  const program = createProgram()
  const checker = program.getTypeChecker()
  const bare = (symbol: ts.Symbol): boolean => symbol.getDocumentationComment(checker).length === 0

  it.each(ENTRIES)('has a docstring: $specifier', ({ source: entry }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!
    const missing: string[] = []
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      if (bare(symbol)) missing.push(exported.name)
      for (const declaration of COMPLETE.test(exported.name) ? (symbol.declarations ?? []) : []) {
        if (!ts.isInterfaceDeclaration(declaration)) continue
        for (const member of declaration.members) {
          const field = member.name === undefined ? undefined : checker.getSymbolAtLocation(member.name)
          if (field !== undefined && bare(field)) missing.push(`${exported.name}.${field.name}`)
        }
      }
    }
    expect(missing).toEqual([])
  })
})
