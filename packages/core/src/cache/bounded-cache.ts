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
 * @param evicted Called with what has to go for want of room.
 */
export function boundedCache<V extends NonNullable<unknown>, K extends string | number = string>(
  max: number,
  weights: Weights<V> | null = null,
  evicted?: (value: V) => void,
): BoundedCache<V, K> {
  return new LRUCache({
    max,
    ...(weights !== null && { maxSize: weights.maxWeight, sizeCalculation: weights.weigh }),
    ...(evicted !== undefined && {
      dispose: (value: V, _key: K, reason: LRUCache.DisposeReason) => void (reason === 'evict' && evicted(value)),
    }),
  })
}
