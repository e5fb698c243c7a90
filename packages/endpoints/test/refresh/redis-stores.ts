import type { RefreshStore } from '@dualauth/core'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** A connection of one instance, as the documentation sets it up. */
export interface RedisStore extends RefreshStore {
  keys(): Promise<string[]>
  ttlMs(key: string): Promise<number>
  /** As a Redis that was started again, and kept nothing. */
  flush(): Promise<unknown>
  close(): void
}

export async function nodeRedisStore(url: string): Promise<RedisStore> {
  const redis = createClient({ url })
  redis.on('error', () => {})
  await redis.connect()
  return {
    add: async (key, value, ttlMs) => (await redis.set(key, value, { NX: true, PX: ttlMs })) === 'OK',
    get: (key) => redis.get(key),
    set: async (key, value, ttlMs) => void (await redis.set(key, value, { PX: ttlMs })),
    delete: async (key) => void (await redis.del(key)),
    keys: () => redis.keys('*'),
    ttlMs: (key) => redis.pTTL(key),
    flush: () => redis.flushAll(),
    close: () => redis.destroy(),
  }
}

export async function ioredisStore(url: string): Promise<RedisStore> {
  const redis = new Redis(url)
  redis.on('error', () => {})
  await redis.ping()
  return {
    add: async (key, value, ttlMs) => (await redis.set(key, value, 'PX', ttlMs, 'NX')) === 'OK',
    get: (key) => redis.get(key),
    set: async (key, value, ttlMs) => void (await redis.set(key, value, 'PX', ttlMs)),
    delete: async (key) => void (await redis.del(key)),
    keys: () => redis.keys('*'),
    ttlMs: (key) => redis.pttl(key),
    flush: () => redis.flushall(),
    close: () => redis.disconnect(),
  }
}
