import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missingIn, unfitPacker } from '../../scripts/prepack.mjs'
import { PACKAGES, ROOT, run } from './consumer.js'

describe.each(PACKAGES)('$name', ({ path, manifest }) => {
  it('is asked before it is packed, and has everything', () => {
    expect(manifest.scripts?.['prepack']).toBe('node ../../scripts/prepack.mjs')
    expect(missingIn(path)).toEqual([])
  })

  it('is packed by pnpm only, where other packers would leave what nobody can install', () => {
    const { dependencies, peerDependencies } = manifest
    const isPlain = Object.keys({ ...dependencies, ...peerDependencies }).length === 0
    expect(unfitPacker(path, 'npm/11.6.2 node/v24.11.1 linux x64 workspaces/false')).toEqual(
      isPlain ? null : expect.stringMatching(/^npm leaves (?:workspace|catalog):/),
    )
    expect(unfitPacker(path, 'pnpm/10.20.0 npm/? node/v24.11.1 linux x64')).toBeNull()
  })
})

describe('packing', () => {
  const core = PACKAGES.find(({ folder }) => folder === 'core')!
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dualauth-'))
    for (const name of ['package.json', ...core.manifest.files!])
      cpSync(join(core.path, name), join(folder, name), { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const prepack = () => run(process.execPath, [join(ROOT, 'scripts/prepack.mjs')], folder)

  it('goes on where everything is there', async () => {
    expect(await prepack()).toEqual({ status: 0, output: '' })
  })

  it('is refused by npm, which says how to pack', async () => {
    const { status, output } = await run('npm', ['pack', '--dry-run'], core.path)
    expect(status).not.toBe(0)
    expect(output).toContain('node scripts/pnpm.mjs --dir packages/core pack')
  })

  it.each(['index.d.ts', 'adapter.d.cts', 'web/index.js'])('is refused without dist/%s', async (file) => {
    rmSync(join(folder, 'dist', file))
    const { status, output } = await prepack()
    expect(status).toBe(1)
    expect(output).toContain(`@dualauth/core: dist/${file} is missing`)
  })

  it('is refused without a declaration that another one imports', () => {
    const declarations = join(folder, 'dist/index.d.ts')
    const imported = /from '\.\/([\w-]+)\.js'/.exec(readFileSync(declarations, 'utf8'))![1]!
    rmSync(join(folder, `dist/${imported}.d.ts`))
    expect(missingIn(folder)).toEqual([`dist/${imported}.d.ts is missing`])
  })

  it('is refused without declarations at all, and where the manifest names none', () => {
    rmSync(join(folder, 'dist'), { recursive: true })
    expect(missingIn(folder).length).toBeGreaterThan(4)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', main: './x.cjs', exports: './x.js' }))
    mkdirSync(join(folder, 'dist'))
    expect(missingIn(folder)).toEqual(['has no "types"', 'x.cjs is missing', 'x.js is missing'])
  })
})
