import type { Ended, RollbackCounts, StepCounts, VerifyCounts } from '@dualauth/import'
import { createMove } from '../moving.js'
import type { Show } from './steps.js'

/** A dry run, one batch, back again, and everybody. */
export async function importPeople({ running: { database }, note, tables }: Show): Promise<void> {
  const rows: string[][] = []
  const { query } = database
  const tell = async (
    what: string,
    ended: Promise<Ended<StepCounts | VerifyCounts | RollbackCounts>>,
  ): Promise<string> => {
    const counts = Object.entries((await ended).counts.person).filter(([name, count]) => count > 0 && name !== 'read')
    const said = counts.map(([name, count]) => `${count} ${name}`).join(', ')
    rows.push([what, said, `${await count('select count(*) from "user"')} in Better Auth`])
    return said
  }
  const count = async (sql: string): Promise<number> => Number(Object.values((await query(sql, []))[0] ?? {})[0])

  const people = await count('select count(*) from users')
  const all = createMove(database)
  note('import: a dry run counts', `${people} created`, await tell('dry run', all.plan()))
  note('and writes nothing', '0 people, 0 in the ledger', await standing(count))

  const batch = createMove(database, { limit: 10 })
  const first = await batch.run()
  note('one batch', '10 created', await tell('first batch', Promise.resolve(first)))
  note('rolled back', '10 removed', await tell('roll it back', all.rollback({ run: first.run! })))
  note('it is as it was', '0 people, 10 in the ledger', await standing(count))

  note('everybody, ten at a time', `${people} created`, await tell('all of them', all.run()))
  note('verified against the old side', `${people} same`, await tell('verify', all.verify()))
  note('a second run has nothing to do', `${people} unchanged`, await tell('a second run', all.run()))
  tables.push({ title: 'Import', rows })
}

async function standing(count: (sql: string) => Promise<number>): Promise<string> {
  const ledger = await count('select count(*) from dualauth.import_item')
  return `${await count('select count(*) from "user"')} people, ${ledger} in the ledger`
}
