import type { Query } from '@dualauth/core'
import type { Pool } from 'pg'
import type { Checked, Created, Found, Removed, Target } from '../../src/index.js'

export const TABLE = `create table if not exists app_people (
  id text primary key, email text, name text, revision integer not null default 1)`

/** People in a table of the ledger's own database: written in one transaction with it. */
export function tableTarget(query: Query, pool: () => Pool, between = async (): Promise<void> => {}): Target {
  const ids = (items: readonly { readonly id: string }[]) => JSON.stringify(items.map(({ id }) => id))
  const stored = async (items: readonly { readonly id: string }[]) => {
    const rows = await query(`select * from app_people where id in (select json_array_elements_text($1::text::json))`, [
      ids(items),
    ])
    return new Map(rows.map((row) => [String(row['id']), row]))
  }
  return {
    name: 'table',
    kinds: ['person'],
    batchSize: 5,
    uniqueAddresses: false,
    takesPassword: () => false,
    async find(items) {
      const found = await stored(items)
      return items.map(({ id }): Found => (found.has(id) ? { outcome: 'found', id } : { outcome: 'absent' }))
    },
    async create(items, call) {
      const people = items.flatMap((item) => (item.kind === 'person' ? [item.row] : []))
      const rows = await call.query!(
        `insert into app_people (id, email, name) select id, email, name
         from json_to_recordset($1::text::json) as g (id text, email text, name text) on conflict do nothing returning id`,
        [JSON.stringify(people)],
      )
      await between()
      const made = new Set(rows.map((row) => row['id']))
      return items.map(({ id }): Created =>
        made.has(id) ? { outcome: 'created', id, after: '1' } : { outcome: 'exists' },
      )
    },
    async remove(removals) {
      const answers: Removed[] = []
      for (const { targetId, after } of removals) {
        const gone = await query(`delete from app_people where id = $1 and revision::text = $2 returning id`, [
          targetId,
          after,
        ])
        const left = gone.length === 0 && (await stored([{ id: targetId }])).size > 0
        answers.push(left ? { outcome: 'blocked', code: 'changed' } : { outcome: 'removed' })
      }
      return answers
    },
    async check(items) {
      const found = await stored(items)
      return items.map((item): Checked => {
        const row = found.get(item.id)
        if (row === undefined) return { outcome: 'absent' }
        return item.kind === 'person' && row['email'] === item.row.email
          ? { outcome: 'same' }
          : { outcome: 'differs', fields: ['email'] }
      })
    },
    async transaction(work) {
      const client = await pool().connect()
      try {
        await client.query('begin')
        const result = await work(
          async (sql, params) => (await client.query<Record<string, unknown>>(sql, [...params])).rows,
        )
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
  }
}
