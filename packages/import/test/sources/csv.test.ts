import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { csvSource } from '../../src/index.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dualauth-csv-'))))
afterEach(() => rmSync(folder, { recursive: true }))

async function read(text: string | Uint8Array, columns?: Readonly<Record<string, string>>) {
  const people = join(folder, 'people.csv')
  writeFileSync(people, text)
  const found: unknown[] = []
  const source = csvSource({ people, ...(columns !== undefined && { columns }) })
  for await (const row of source.people({ signal: new AbortController().signal })) found.push(row)
  expect(await source.count!('person')).toBe(found.length)
  return found
}

it('reads quoted fields, a mark of the byte order and lines of Windows', async () => {
  expect(await read('\uFEFFid,email,name\r\n1,a@example.com,"Ada ""A"" L.,\r\nB"\r\n\r\n2,b@example.com,\r\n')).toEqual(
    [
      { id: '1', email: 'a@example.com', name: 'Ada "A" L.,\r\nB' },
      { id: '2', email: 'b@example.com', name: '' },
    ],
  )
})

it('finds columns that are called otherwise, and several roles', async () => {
  expect(
    await read('User ID,E-Mail,roles\n7,a@example.com,admin|billing\n', { id: 'User ID', email: 'E-Mail' }),
  ).toEqual([{ id: '7', email: 'a@example.com', roles: ['admin', 'billing'] }])
})

it('counts a line that cannot be read, says where it is, and goes on', async () => {
  const rows = await read('id,email\n1,a@example.com\n2,b@example.com,too,many\n3\n4,d@example.com\n')
  expect(new Set(rows)).toEqual(
    new Set([
      { id: '1', email: 'a@example.com' },
      { unreadable: 'row_unreadable', at: 'people.csv:3' },
      { unreadable: 'row_unreadable', at: 'people.csv:4' },
      { id: '4', email: 'd@example.com' },
    ]),
  )
})

it('loses nobody behind a record that is too long or badly quoted', async () => {
  const long = 'x'.repeat(10_000_000)
  const rows = await read(
    `id,email\n1,"${long}\n${long}"\n2,b@example.com\r\n3,"c"@example.com\n4,d"@example.com\n5,"e ""E"""\n6,${long}\n7,g@example.com`,
  )
  expect(new Set(rows)).toEqual(
    new Set([
      { unreadable: 'row_too_long', at: 'people.csv:2' },
      { id: '2', email: 'b@example.com' },
      { unreadable: 'row_unreadable', at: 'people.csv:5' },
      { unreadable: 'row_unreadable', at: 'people.csv:6' },
      { id: '5', email: 'e "E"' },
      { unreadable: 'row_too_long', at: 'people.csv:8' },
      { id: '7', email: 'g@example.com' },
    ]),
  )
})

it('reads what is packed with gzip, and no more of a file that is cut off', async () => {
  const packed = gzipSync('id,email\n1,a@example.com\n')
  expect(await read(packed)).toEqual([{ id: '1', email: 'a@example.com' }])
  await expect(read(packed.subarray(0, 30))).rejects.toThrow('csvSource.people: is cut off or damaged')
  await expect(read('id,email\n1,"a@example.com\n2,b@example.com\n')).rejects.toThrow('ends within quotes')
})

it('names the column of ids where it is missing, and nothing of the file', async () => {
  await expect(read('1,a@example.com\n')).rejects.toThrow('csvSource.people: has no column "id" (people.csv)')
})

it('says that there is no such file', async () => {
  const source = csvSource({ people: join(folder, 'absent.csv') })
  const reading = async () => {
    for await (const row of source.people({ signal: new AbortController().signal })) expect(row).toBe('never')
  }
  await expect(reading()).rejects.toMatchObject({ code: 'ENOENT' })
})

it.each<[string, string | Uint8Array, string, Readonly<Record<string, string>>?]>([
  ['is in another encoding', Buffer.from('id,name\n1,J\xf6rg\n', 'latin1'), 'is not UTF-8'],
  ['is cut off within a letter', Buffer.from('id,name\n1,J\u00f6').subarray(0, -1), 'is not UTF-8'],
  ['has a column twice', 'id,email,email\n1,a@example.com,b@example.com\n', 'the 2. and the 3.'],
  ['has two columns for one field', 'id,email,E-Mail\n1,a,b\n', 'the 2. and the 3.', { email: 'E-Mail' }],
  ['has lines that end with CR alone', 'id,email\r1,a@example.com\r', 'end with CR'],
])('ends the run by a file that %s', async (_name, text, words, columns) => {
  const failure: unknown = await read(text, columns).catch((error: unknown) => error)
  expect(failure).toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringContaining(words) as string,
  })
  expect((failure as Error).message).not.toContain('example.com')
})

it('reads a letter that two portions of the file share', async () => {
  const rows = await read(
    `id,name\n${Array.from({ length: 20_000 }, (_none, at) => `${at},J\u00f6rg \u96ea\n`).join('')}`,
  )
  expect(new Set(rows.map((row) => (row as { name: string }).name))).toEqual(new Set(['J\u00f6rg \u96ea']))
})
