export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Of two series measured in turns: the median of the quotients of neighbours, which noise hits alike. */
export function medianRatio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, round) => value / (under[round] as number)))
}

/** Another contender begins each round, so that none always follows the same one. */
export function rotated<T>(items: readonly T[], round: number): readonly T[] {
  const start = round % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
