import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createImport, fileTarget, type ImportRowPerson } from '../../src/index.js'
import { describePglite } from '../support/database.js'
import { listSource, somePeople } from '../support/list-source.js'

const limitSize = (bytes: string): boolean =>
  spawnSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:`]).status === 0

describePglite('an import into files', ({ query }) => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dualauth-files-'))
    path = join(folder, 'people.ndjson')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const moving = (people: readonly ImportRowPerson[], update = false) =>
    createImport({ query, source: listSource({ people }), target: fileTarget({ folder, name: folder }), update })
  const codeOf = (error: unknown) => (error as { readonly code?: unknown }).code

  it('makes what it writes readable for its owner alone, also where the file is there', async () => {
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    await moving([{ id: '1', email: 'ada@example.com', passwordHash: 'secret' }]).run()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('writes into no file that a link leads to', async () => {
    const other = join(folder, 'of-somebody.txt')
    writeFileSync(other, 'theirs, without an end of line')
    symlinkSync(other, path)
    expect(await moving(somePeople(1)).run().catch(codeOf)).toBe('file_eloop')
    rmSync(path)
    symlinkSync(other, `${path}.draft`)
    await moving(somePeople(1)).run()
    await moving([{ ...somePeople(1)[0]!, name: 'Changed' }], true).run()
    expect(readFileSync(other, 'utf8')).toBe('theirs, without an end of line')
    expect(readFileSync(path, 'utf8')).toContain('Changed')
  })

  it.skipIf(spawnSync('prlimit', ['--version']).status !== 0)('loses nobody where the disk is full', async () => {
    const ignored = (): void => {}
    process.on('SIGXFSZ', ignored)
    try {
      expect(limitSize('4096')).toBe(true)
      expect(await moving(somePeople(100)).run().catch(codeOf)).toBe('file_efbig')
    } finally {
      limitSize('unlimited')
      process.off('SIGXFSZ', ignored)
    }
    expect((await moving(somePeople(100)).run()).counts.person).toMatchObject({ created: 100 })
    const ids = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly id: string }).id)
    expect(new Set(ids).size).toBe(100)
    expect(ids).toHaveLength(100)
  })
})
