import { expect, it } from 'vitest'
import { inTransaction } from '../../src/targets/better-auth/transaction.js'
import { describePostgres } from '../support/database.js'

describePostgres('a transaction whose connection breaks', ({ query, rows, pool }) => {
  it('between two statements fails at the next one, leaves nothing, and does not end the process', async () => {
    await query('create table if not exists left_over (id int)', [])
    const work = inTransaction(pool(), async (own) => {
      await own('insert into left_over values (1)', [])
      const [mine] = await own('select pg_backend_pid() as pid', [])
      await query('select pg_terminate_backend($1)', [mine?.['pid']])
      await expect.poll(() => rows(`select from pg_stat_activity where pid = ${Number(mine?.['pid'])}`)).toEqual([])
      // The client hears of it after the server has let it go.
      await new Promise((resolve) => setTimeout(resolve, 50))
      await own('insert into left_over values (2)', [])
    })
    await expect(work).rejects.toThrow()
    expect(await rows('select * from left_over')).toEqual([])
  })
})
