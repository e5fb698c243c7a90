import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ndjsonSource, type Source } from '../../src/index.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dualauth-ndjson-'))))
afterEach(() => rmSync(folder, { recursive: true }))

async function all(read: Source['people'] | undefined) {
  const found: unknown[] = []
  for await (const row of read!({ signal: new AbortController().signal })) found.push(row)
  return found
}

it('needs people in a folder, and nothing else', async () => {
  const absent = { code: 'configuration_invalid', message: 'ndjsonSource.people: there is no file people.ndjson' }
  await expect(all(ndjsonSource(folder).people)).rejects.toMatchObject(absent)
  await expect(ndjsonSource(folder).count!('person')).rejects.toMatchObject(absent)
  await expect(ndjsonSource(folder).fingerprint!()).rejects.toMatchObject(absent)
  writeFileSync(join(folder, 'people.ndjson'), '\uFEFF{"id":"1"}\n')
  expect(await all(ndjsonSource(folder).people)).toEqual([{ id: '1' }])
  expect(await all(ndjsonSource(folder).groups)).toEqual([])
})

it('needs each file that is named', async () => {
  const people = join(folder, 'people.ndjson')
  writeFileSync(people, '')
  const source = ndjsonSource({ people, memberships: join(folder, 'members.ndjson') })
  expect(await all(source.people)).toEqual([])
  await expect(all(source.memberships)).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: 'ndjsonSource.memberships: there is no file members.ndjson',
  })
})
