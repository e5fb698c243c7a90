import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { entriesOf } from '../../scripts/packages.mjs'
import { CONSUMER, PACKAGES, run } from './consumer.js'

const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')

/** Projects from before "exports", whose compiler reads `main`, `types` and folders. */
const NODE10 = { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true, skipLibCheck: true }
const MISTAKE = 'mistake.ts'

/** The shared ones, and one of each package. */
const ALL = readdirSync(join(CONSUMER, 'types')).filter((name) => name.endsWith('.ts') && name !== MISTAKE)

/** A project of one kind of importer; resolves to what the compiler says. */
async function compile(name: string, type: 'module' | 'commonjs', options: object, files: readonly string[] = ALL) {
  const folder = join(CONSUMER, 'compiled', name)
  mkdirSync(folder, { recursive: true })
  for (const file of files) cpSync(join(CONSUMER, 'types', file), join(folder, file))
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    ...options,
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const { output } = await run(process.execPath, [tsc, '--project', 'tsconfig.json'], folder)
  return output
}

describe('TypeScript projects compile', () => {
  it('module node16, ESM, checking library declarations', async () => {
    expect(await compile('node16-esm', 'module', { module: 'node16' })).toBe('')
  })

  it('module node16, CommonJS, checking library declarations', async () => {
    expect(await compile('node16-cjs', 'commonjs', { module: 'node16' })).toBe('')
  })

  it('module nodenext', async () => {
    expect(await compile('nodenext', 'module', { module: 'nodenext', skipLibCheck: true })).toBe('')
  })

  it('moduleResolution bundler', async () => {
    expect(
      await compile('bundler', 'module', { module: 'esnext', moduleResolution: 'bundler', skipLibCheck: true }),
    ).toBe('')
  })

  it('moduleResolution node10, CommonJS', async () => {
    expect(await compile('node10', 'commonjs', NODE10)).toBe('')
  })

  it('moduleResolution node10 has types for every entry, and none is any', async () => {
    const specifiers = PACKAGES.flatMap(entriesOf).map(({ specifier }) => specifier)
    const lines = specifiers.map(
      (specifier, i) => `import * as m${i} from '${specifier}'\nexport const wrong${i}: number = m${i}\n`,
    )
    writeFileSync(join(CONSUMER, 'types', MISTAKE), lines.join(''))
    const output = await compile('node10-any', 'commonjs', NODE10, [MISTAKE])
    const refused = output.match(/^mistake\.ts.*TS2322: Type 'typeof import/gm) ?? []
    expect(refused, output).toHaveLength(specifiers.length)
  })

  it('the core without Node types', async () => {
    expect(
      await compile('web', 'module', { module: 'esnext', moduleResolution: 'bundler', types: [] }, ['core.ts']),
    ).toBe('')
  })

  it('and a mistake in one of them is seen', async () => {
    const folder = join(CONSUMER, 'types')
    writeFileSync(
      join(folder, MISTAKE),
      "import { auth } from './core.js'\nexport const wrong: number = auth.authenticate\n",
    )
    expect(await compile('mistake', 'module', { module: 'node16' }, ['core.ts', MISTAKE])).toContain('TS2322')
  })
})
