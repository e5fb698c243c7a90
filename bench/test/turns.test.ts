import { expect, it } from 'vitest'
import { median, quantile } from '../src/median.js'
import { rotated, takeTurns } from '../src/turns.js'

const AT_ONCE = { atLeastMs: 0, warmUpMs: 0 }

it('lets another contender begin each round, after a warm-up that does not count', async () => {
  const order: string[] = []
  const turn = (name: string) => () => void order.push(name)
  const samples = await takeTurns({ a: turn('a'), b: turn('b') }, { rounds: 3, operations: 1, ...AT_ONCE })
  expect(order).toEqual(['a', 'b', 'a', 'b', 'b', 'a', 'a', 'b'])
  expect(samples.a).toHaveLength(3)
})

it('takes the sample of a turn that times itself', async () => {
  const samples = await takeTurns({ a: () => 7 }, { rounds: 2, operations: 1_000, ...AT_ONCE })
  expect(samples.a).toEqual([7, 7])
})

it('lets a quick one pass until its turn has lasted, and takes the median pass', async () => {
  let passes = 0
  const samples = await takeTurns(
    { a: () => (passes++ % 3 === 0 ? 100 : 1) },
    { rounds: 1, operations: 1, atLeastMs: 5, warmUpMs: 0 },
  )
  expect(passes).toBeGreaterThan(10)
  expect(samples.a).toEqual([1])
})

it('rotates without losing anybody', () => {
  expect(rotated(['a', 'b', 'c'], 4)).toEqual(['b', 'c', 'a'])
})

it('finds the middle of an even number of samples between the two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(quantile([0, 10], 0.25)).toBe(2.5)
})
