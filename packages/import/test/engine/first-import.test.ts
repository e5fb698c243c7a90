import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createImport, fileTarget, ndjsonSource, type ReportRow } from '../../src/index.js'
import { describePglite } from '../support/database.js'

describePglite('an import of files', ({ query, rows }) => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dualauth-import-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const write = (name: string, lines: readonly unknown[]) =>
    writeFileSync(
      join(folder, name),
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    )
  const read = (name: string) =>
    readFileSync(join(folder, 'out', name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const made = (report: ReportRow[] = []) =>
    createImport({
      query,
      source: ndjsonSource(folder),
      target: fileTarget({ folder: join(folder, 'out') }),
      link: { verifier: 'file', issuer: 'urn:file' },
      report: (row) => void report.push(row),
    })

  it('brings organizations, people, memberships and groups over, once', async () => {
    write('organizations.ndjson', [{ id: 'o-1', name: 'One' }])
    write('people.ndjson', [
      { id: 1, email: ' Ann@Example.com ', email_verified: true, password_hash: 'secret-hash', metadata: { a: 1 } },
      'this is no JSON: bob@example.com',
      { id: 2, email: 'not an address' },
      { id: 3, email: 'cat@example.com' },
    ])
    write('memberships.ndjson', [
      { person: 1, organization: 'o-1', roles: ['admin'] },
      { person: 9, organization: 'o-1' },
    ])
    write('groups.ndjson', [{ id: 'g-1', name: 'All', members: [1, 3] }])

    const report: ReportRow[] = []
    const planned = await made().plan()
    expect(await rows('select count(*)::int as n from dualauth.import_target')).toEqual([{ n: 0 }])
    const first = await made(report).run()
    expect(first.counts).toMatchObject({
      organization: { read: 1, created: 1 },
      person: { read: 4, created: 2, failed: 2 },
      membership: { read: 2, created: 1, waiting: 1 },
      group: { read: 1, created: 1 },
    })
    expect(planned.counts).toEqual(first.counts)
    expect(report.filter(({ outcome }) => outcome === 'failed')).toEqual([
      { kind: 'person', id: null, outcome: 'failed', code: 'row_unreadable', at: 'people.ndjson:2' },
      { kind: 'person', id: '2', outcome: 'failed', code: 'invalid_email' },
    ])
    expect(read('people.ndjson')).toMatchObject([
      { id: '1', email: 'Ann@Example.com', emailVerified: true, passwordHash: 'secret-hash', metadata: { a: 1 } },
      { id: '3', emailVerified: false, passwordHash: null },
    ])
    expect(await rows('select account_id, subject, how from dualauth.identity_link order by 1')).toEqual([
      { account_id: '1', subject: '1', how: 'import' },
      { account_id: '3', subject: '3', how: 'import' },
    ])

    const second = await made().run()
    expect(second.counts.person).toMatchObject({ created: 0, adopted: 0, unchanged: 2, failed: 2 })
    expect(read('people.ndjson')).toHaveLength(2)

    const verified = await made().verify()
    expect(verified.counts.person).toMatchObject({ read: 4, same: 2, failed: 2, orphaned: 0 })

    const back = await made().rollback()
    expect(back.counts.person).toEqual({ removed: 2, kept: 0, blocked: 0 })
    expect(await rows('select 1 from dualauth.identity_link')).toEqual([])
    expect(readFileSync(join(folder, 'out', 'people.ndjson'), 'utf8')).toBe('')
    expect((await made().run()).counts).toEqual(first.counts)
  })
})
