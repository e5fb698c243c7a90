import { setTimeout as pause } from 'node:timers/promises'
import { median } from './median.js'

/** Everything that one contender does in one turn; one that times itself returns its sample. */
export type Turn = () => unknown

export interface TurnPlan {
  readonly rounds: number
  /** How many operations one turn holds; samples are microseconds for each. */
  readonly operations: number
}

/** Contenders take turns, so that whatever else the machine does hits neighbours alike. Each first warms up. */
export async function takeTurns<Name extends string>(
  turns: Readonly<Record<Name, Turn>>,
  { rounds, operations }: TurnPlan,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(turns) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  const warmUp = Math.ceil(rounds / 4)
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of rotated(names, round + warmUp)) {
      // After a pause, as the scheduler sees it: else who waits a lot has an advantage on a busy machine.
      await pause(1)
      const startedAt = performance.now()
      const own = await turns[name]()
      const sample = typeof own === 'number' ? own : ((performance.now() - startedAt) * 1000) / operations
      if (round >= 0) samples[name].push(sample)
    }
  }
  return samples
}

/** Another contender begins each round, so that none always follows the same one. */
export function rotated<T>(items: readonly T[], round: number): readonly T[] {
  const start = round % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

/** A turn of operations one after another; a synchronous one is not made to wait. */
export function each(operations: number, operation: (index: number) => unknown): Turn {
  return async () => {
    for (let index = 0; index < operations; index++) {
      const result = operation(index)
      if (result instanceof Promise) await result
    }
  }
}

/** The same, but its sample is the median of single operations: a round trip waits for whoever has the processor. */
export function eachTimed(operations: number, operation: (index: number) => unknown): Turn {
  return async () => {
    const micros: number[] = []
    for (let index = 0; index < operations; index++) {
      const startedAt = performance.now()
      await operation(index)
      micros.push((performance.now() - startedAt) * 1000)
    }
    return median(micros)
  }
}
