import { setTimeout as pause } from 'node:timers/promises'
import { median } from './median.js'

/** What one contender does in its turn, once or over and over; one that times itself returns its sample. */
export type Turn = () => unknown

export interface TurnPlan {
  readonly rounds: number
  /** How many operations one pass of a turn holds; samples are microseconds for each. */
  readonly operations: number
  /** A turn passes until it has lasted so long, and its sample is the median pass. Default 10. */
  readonly atLeastMs?: number
  /** How long each runs before it counts, as servers do for days. Default 500. */
  readonly warmUpMs?: number
}

/**
 * Contenders take turns, so that whatever else the machine does hits neighbours alike. Each first warms
 * up. A turn is long enough that what the one before left in the processor's caches does not count.
 */
export async function takeTurns<Name extends string>(
  turns: Readonly<Record<Name, Turn>>,
  { rounds, operations, atLeastMs = 10, warmUpMs = 500 }: TurnPlan,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(turns) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  for (const name of names) await pass(turns[name], operations, warmUpMs)
  for (let round = 0; round < rounds; round++) {
    for (const name of rotated(names, round)) {
      // After a pause, as the scheduler sees it: else who waits a lot has an advantage on a busy machine.
      await pause(1)
      samples[name].push(await pass(turns[name], operations, atLeastMs))
    }
  }
  return samples
}

async function pass(turn: Turn, operations: number, atLeastMs: number): Promise<number> {
  const passes: number[] = []
  const end = performance.now() + atLeastMs
  do {
    const startedAt = performance.now()
    const own = await turn()
    passes.push(typeof own === 'number' ? own : ((performance.now() - startedAt) * 1000) / operations)
  } while (performance.now() < end)
  return median(passes)
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
