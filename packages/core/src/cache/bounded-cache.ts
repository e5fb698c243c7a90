import { LRUCache } from 'lru-cache'

export type BoundedCache<V extends NonNullable<unknown>, K extends string | number = string> = LRUCache<K, V>

export interface Weights<V> {
  readonly maxWeight: number
  /** A positive whole number. */
  weigh(value: V): number
}

/**
 * A map of bounded size. The least recently used entry is dropped first.
 *
 * Entries hold their own expiry: the library's time to live reads the machine's clock and sets timers, while our clock
 * is injected and Workers allow no timers outside a request.
 *
 * @param max Maximum number of entries. `weights` also limits their total weight; a value above it is not kept.
 * @param evicted Called with an entry that is dropped for lack of space.
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
