import { expect, it } from 'vitest'
import { retrying } from '../../src/sql/retrying.js'

const refused = (code: string): Error => Object.assign(new Error('refused'), { code })

/** Refuses a number of times, with a pause that takes no time. */
async function asked(
  times: number,
  code: string,
): Promise<{ readonly said: string; readonly pauses: readonly number[] }> {
  let left = times
  const pauses: number[] = []
  const query = retrying(
    async () => {
      if (left-- > 0) throw refused(code)
      return []
    },
    async (milliseconds) => void pauses.push(milliseconds),
  )
  const said = await query('select 1', []).then(
    () => 'answered',
    (error: unknown) => String((error as { code?: unknown }).code),
  )
  return { said, pauses }
}

it('pauses before it asks again, longer each time and never for the same time', async () => {
  const { said, pauses } = await asked(4, '40001')
  expect(said).toBe('answered')
  expect(pauses).toHaveLength(4)
  expect(new Set(pauses).size).toBe(4)
  pauses.forEach((pause, index) => expect(pause).toBeLessThan(20 * 2 ** index))
})

it('gives up in the end, and asks once only where another attempt would not help', async () => {
  expect(await asked(99, '40P01')).toMatchObject({ said: '40P01', pauses: { length: 5 } })
  expect(await asked(99, '23505')).toEqual({ said: '23505', pauses: [] })
})
