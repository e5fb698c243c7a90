import { LRUCache } from 'lru-cache'

export type BoundedCache<V extends NonNullable<unknown>, K extends string | number = string> = LRUCache<K, V>

export interface Weights<V> {
  readonly maxWeight: number
  /** A positive whole number. */
  weigh(value: V): number
}

/**
 * A map of bounded size: the entry that was used longest ago goes first.
 *
 * Entries carry their own end: the library's time to live reads the machine's clock and sets timers,
 * while ours is injected, and Workers allow no timer outside a request.
 *
 * @param max Entries. `weights` bounds their sum as well; a value that is over it alone is not kept.
 */
export function boundedCache<V extends NonNullable<unknown>, K extends string | number = string>(
  max: number,
  weights: Weights<V> | null = null,
): BoundedCache<V, K> {
  if (weights === null) return new LRUCache({ max })
  return new LRUCache({ max, maxSize: weights.maxWeight, sizeCalculation: weights.weigh })
}
