// Why lru-cache keeps what the core remembers (docs/decisions.md): a hit and an eviction, beside a Map
// whose entries move on use. `node bench/dist/maps.js`, after the bench was built.
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { median } from './median.js'
import { takeTurns, type Turn } from './turns.js'

const MAX = 10_000
const HITS = 2_000
const NEW = 90_000

interface Cache {
  get(key: string): object | undefined
  set(key: string, value: object): unknown
}

/** A Map iterates in order of insertion, so an entry that moves to its end on use keeps the oldest first. */
function movingMap(): Cache {
  const entries = new Map<string, object>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > MAX) entries.delete(entries.keys().next().value as string)
    },
  }
}

const CACHES = { ours: () => new LRUCache<string, object>({ max: MAX }), limit: movingMap } satisfies Record<
  string,
  () => Cache
>

const keys = Array.from({ length: MAX + NEW }, () => randomBytes(32).toString('base64url'))

/** As HTTP brings them: a string that was hashed or found before is found for nothing. */
const fresh = (key: string): string => Buffer.from(key).toString('latin1')

function hits(cache: Cache): Turn {
  for (const key of keys.slice(0, 9_000)) cache.set(key, {})
  return () => {
    const asked = Array.from({ length: HITS }, () => fresh(keys[Math.floor(Math.random() * 9_000)] as string))
    const startedAt = performance.now()
    for (const key of asked) if (cache.get(key) === undefined) throw new Error('is not remembered')
    return ((performance.now() - startedAt) * 1_000) / HITS
  }
}

function evictions(cache: Cache): Turn {
  for (const key of keys.slice(0, MAX)) cache.set(key, {})
  return () => {
    const startedAt = performance.now()
    for (let at = MAX; at < keys.length; at++) cache.set(keys[at] as string, {})
    return ((performance.now() - startedAt) * 1_000) / NEW
  }
}

for (const [what, turnOf] of Object.entries({
  '9,000 of 10,000: a hit': hits,
  '90,000 new: set and evict': evictions,
})) {
  const turns = { ours: turnOf(CACHES.ours()), limit: turnOf(CACHES.limit()) }
  const { ours, limit } = await takeTurns(turns, { rounds: 20, operations: 1 })
  const ratio = median(ours.map((micros, round) => micros / (limit[round] as number)))
  const nanos = (samples: readonly number[]): string => (median(samples) * 1_000).toFixed(0)
  console.log(`${what}: lru-cache ${nanos(ours)} ns, a Map ${nanos(limit)} ns, ratio ${ratio.toFixed(2)}`)
}
