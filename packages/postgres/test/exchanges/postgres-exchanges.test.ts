import type { Query } from '@dualauth/core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { installSchema, postgresExchanges } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'

describeDatabases('counting exchanges', ({ query }) => {
  const exchanges = postgresExchanges(query)
  const HOUR = 3_600_000
  const use = (key: string, most = 3, endsAt: number | null = Date.now() + HOUR) =>
    exchanges.take({ key, most, endsAt })
  const rowsOf = async (key: string): Promise<readonly Record<string, unknown>[]> =>
    query('select used, ends_at::text as ends_at from dualauth.exchange where key = $1', [key])
  beforeAll(async () => {
    await installSchema(query)
    // One server serves the file.
    await query('delete from dualauth.exchange', [])
  })

  it('gives as many as there may be, to whoever comes first', async () => {
    expect([await use('a'), await use('a'), await use('a'), await use('a')]).toEqual([true, true, true, false])
    expect(await use('b')).toBe(true)
  })

  it('gives no more where many come at the same time', async () => {
    const taken = await Promise.all(Array.from({ length: 40 }, () => use('race')))
    expect(taken.filter(Boolean)).toHaveLength(3)
  })

  it('gives back what nobody got, and never more than was taken', async () => {
    await use('back', 1)
    expect(await use('back', 1)).toBe(false)
    await exchanges.giveBack('back')
    await exchanges.giveBack('back')
    await exchanges.giveBack('unknown')
    expect([await use('back', 1), await use('back', 1)]).toEqual([true, false])
  })

  it('keeps the latest end, and one that never comes', async () => {
    await use('end', 3, Date.now() + HOUR)
    await use('end', 3, Date.now() - HOUR)
    const [row] = await rowsOf('end')
    expect(Date.parse(String(row?.['ends_at']))).toBeGreaterThan(Date.now())
    await use('never', 3, null)
    expect((await rowsOf('never'))[0]?.['ends_at']).toBe('infinity')
  })

  it('forgets a credential a day after its end, and its own count never on the way', async () => {
    await use('old', 3, Date.now() - 25 * HOUR)
    await use('young', 3, Date.now() - 23 * HOUR)
    await use('other')
    expect([await rowsOf('old'), await rowsOf('young')]).toMatchObject([[], [{ used: 1 }]])
    await use('self', 2, Date.now() - 25 * HOUR)
    expect([await use('self', 2, Date.now() - 25 * HOUR), await use('self', 2, Date.now() - 25 * HOUR)]).toEqual([
      true,
      false,
    ])
  })

  it('knows which sessions belong together, until a day after the end', async () => {
    const related = (key: string) => exchanges.relatedTo?.(key)
    const row = (key: string, revocation: string, endsAt: number | null) => ({ key, revocation, endsAt })
    await exchanges.relate?.([
      row('one', '{"of":"other"}', Date.now() + HOUR),
      row('other', '{"of":"one"}', null),
      row('gone', '{"of":"one"}', Date.now() - 25 * HOUR),
    ])
    await exchanges.relate?.([row('one', '{"of":"other"}', Date.now()), row('one', '{"of":"third"}', null)])
    expect([...((await related('one')) ?? [])].toSorted()).toEqual(['{"of":"other"}', '{"of":"third"}'])
    expect([await related('other'), await related('gone'), await related('nobody')]).toEqual([['{"of":"one"}'], [], []])
  })

  it('counts as one row in memory would, whatever comes in whatever order', async () => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant('take'), fc.constant('giveBack')), { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, most) => {
          const key = `model-${++round}`
          let used = 0
          for (const step of steps) {
            if (step === 'take') {
              expect(await use(key, most)).toBe(used < most)
              used = Math.min(most, used + 1)
            } else {
              await exchanges.giveBack(key)
              used = Math.max(0, used - 1)
            }
          }
        },
      ),
      { numRuns: 10 },
    )
  })
})

describe('a driver that is none', () => {
  it('is refused by name', () => {
    expect(() => postgresExchanges({} as Query)).toThrow('postgresExchanges.query')
  })
})
