export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** @param share From 0 to 1; between two values, the straight line counts. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] as number
  const above = sorted[Math.ceil(place)] as number
  return below + (above - below) * (place - Math.floor(place))
}
