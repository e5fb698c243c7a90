import { join } from 'node:path'
import { ledgerSum, sumsOf } from './sums.js'
import type { Running } from './start.js'

/** One thing that must be so. */
export interface Call {
  readonly shows: string
  readonly seen: string
  readonly expected: string
}

const BORN = 'a password of the new side'
/** Taken by somebody who was born on the new side, before its owner comes. */
const TAKEN = 'person7@example.com'
/** One of those whose hash nobody takes. */
const UNTAKEN = 'person6@example.com'

/** There, looked at, there again: everything that the command says is compared with what is in the tables. */
export async function makeCalls(running: Running): Promise<readonly Call[]> {
  const { people, samples, pool, newSide, operator, folder } = running
  const calls: Call[] = []
  const must = (shows: string, seen: unknown, expected: unknown): void =>
    void calls.push({ shows, seen: textOf(seen), expected: textOf(expected) })

  for (const email of [TAKEN, 'born@example.com']) await newSide.signUp(email, BORN)
  const before = await sumsOf(pool)

  const planned = await operator.run('--dry-run --batch-size=10')
  must('a dry run writes nothing', [await sumsOf(pool), await ledgerSum(pool)], [before, '0 rows, '])
  const moved = await operator.run(`--yes --report ${join(folder, 'moved.ndjson')}`)
  must('the run counts what the dry run counted', moved.counts, planned.counts)
  must('everybody comes, but for one', moved.counts['person']?.['created'], people - 1)
  must('whose address is taken', [moved.code, moved.reasons['person']], [2, { conflicts: { address_taken: 1 } }])

  const report = await operator.report('moved.ndjson')
  const untaken = report.filter(({ resetRequired }) => resetRequired === true).map(({ id }) => id)
  must('whose hash cannot be taken is named', untaken.length, Math.floor((people + 2) / 8))
  must('is in the ledger as such', moved.counts['person']?.['resetRequired'], untaken.length)
  const verified = await operator.run('--verify')
  const { same, differs, absent, conflicts } = verified.counts['person'] ?? {}
  must('all of them are there as they were', [same, differs, absent, conflicts], [people - 1, 0, 0, 1])

  const after = [await sumsOf(pool), await ledgerSum(pool)]
  const again = await operator.run('--yes')
  must('a second run brings nobody', again.counts['person']?.['created'], 0)
  must('a second run writes nothing', [await sumsOf(pool), await ledgerSum(pool)], after)

  for (const { format, email, password } of samples)
    must(`${email} signs in by ${format}`, await newSide.signIn(email, password), 200)
  must('a wrong password is none', await newSide.signIn(samples[0]!.email, 'another password'), 401)
  must('nor is one that was not taken along', await newSide.signIn(UNTAKEN, 'another password'), 401)

  await pool.query(`update "user" set name = 'Changed' where id in ('u-8', 'u-15', 'u-16')`)
  const back = await operator.run(`--rollback --batch-size=100 --yes --report ${join(folder, 'back.ndjson')}`)
  must('who signed in stays, and what was changed', back.reasons['person'], {
    blocked: { in_use: samples.length, changed: 3 },
  })
  must('everybody else goes', back.counts['person']?.['removed'], people - 1 - samples.length - 3)
  const stayed = (await operator.report('back.ndjson')).filter(({ outcome }) => outcome === 'blocked')
  const kept = (kind: string) => stayed.filter((row) => row.kind === kind).map(({ id }) => id)
  must(
    'all else is as it was before the import',
    await sumsOf(pool, { people: kept('person'), organizations: kept('organization') }),
    before,
  )
  must('who was born there signs in', await newSide.signIn('born@example.com', BORN), 200)
  must('so does who has come', await newSide.signIn(samples[0]!.email, samples[0]!.password), 200)

  const once = await operator.run('--yes')
  must('and all of it once more', once.counts['person']?.['created'], back.counts['person']?.['removed'])
  const last = samples.at(-1)!
  must('with the old passwords', await newSide.signIn(last.email, last.password), 200)

  const sync = await operator.run('--yes', '--people @users-sync.sql --to better-auth')
  must('people of Stack Auth come by any SELECT', [sync.code, sync.counts['person']?.['created']], [0, 2])
  return calls
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, sorted)
}

/** Members in the order of their names. */
function sorted(_name: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value
}
