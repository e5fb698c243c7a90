/** Everything that one contender does in one turn. */
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
      const startedAt = performance.now()
      await turns[name]()
      if (round >= 0) samples[name].push(((performance.now() - startedAt) * 1000) / operations)
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
