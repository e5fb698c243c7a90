import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CONSUMER, run } from './consumer.js'

const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')

const ALL = ['core.ts', 'express.ts', 'hono.ts', 'fastify.ts', 'testing.ts', 'beside-others.ts', 'register.ts']

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

  it('the core without Node types', async () => {
    expect(
      await compile('web', 'module', { module: 'esnext', moduleResolution: 'bundler', types: [] }, ['core.ts']),
    ).toBe('')
  })

  it('and a mistake in one of them is seen', async () => {
    const folder = join(CONSUMER, 'types')
    writeFileSync(
      join(folder, 'mistake.ts'),
      "import { auth } from './core.js'\nexport const wrong: number = auth.authenticate\n",
    )
    expect(await compile('mistake', 'module', { module: 'node16' }, ['core.ts', 'mistake.ts'])).toContain('TS2322')
  })
})
