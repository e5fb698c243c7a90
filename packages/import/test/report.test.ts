import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ndjsonReport, ndjsonSource } from '../src/index.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dualauth-report-'))))
afterEach(() => rmSync(folder, { recursive: true }))

it('writes a line for each row, into a file that only its owner reads', async () => {
  const path = join(folder, 'report.ndjson')
  const { report, close } = await ndjsonReport(path)
  for (let index = 0; index < 20_000; index++)
    await report({ kind: 'person', id: `u-${index}`, outcome: 'failed', code: 'no_email' })
  await close()
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  expect(lines).toHaveLength(20_000)
  expect(JSON.parse(lines.at(-1)!)).toEqual({ kind: 'person', id: 'u-19999', outcome: 'failed', code: 'no_email' })
  expect(statSync(path).mode & 0o077).toBe(0)
})

it('never writes over a report of an earlier run, and says where none can be written', async () => {
  const path = join(folder, 'report.ndjson')
  writeFileSync(path, 'evidence')
  await expect(ndjsonReport(path)).rejects.toThrow('ndjsonReport.path')
  expect(readFileSync(path, 'utf8')).toBe('evidence')
  await expect(ndjsonReport(join(folder, 'absent', 'report.ndjson'))).rejects.toThrow('cannot be written (ENOENT)')
})

it('counts the lines of a file before it reads them, for a bar', async () => {
  writeFileSync(join(folder, 'people.ndjson'), '{"id":"1"}\n\n{"id":"2"}\nno JSON\n')
  const source = ndjsonSource(folder)
  expect(await source.count!('person')).toBe(3)
  expect(await source.count!('group')).toBe(0)
})
