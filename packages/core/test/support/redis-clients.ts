import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** What tests ask of a client of Redis, whichever it is. */
export interface RedisClient {
  readonly get: (key: string) => Promise<string | null>
  set(key: string, value: string, ttlSeconds?: number): Promise<unknown>
  delete(key: string): Promise<unknown>
  keys(): Promise<string[]>
  /** Seconds until the key is gone. */
  ttl(key: string): Promise<number>
  close(): void
}

/** The client `redis`, as its readme sets it up. */
export async function connectNodeRedis(url: string): Promise<RedisClient> {
  const redis = createClient({ url })
  // Without a listener an interrupted connection ends the process.
  redis.on('error', () => {})
  await redis.connect()
  return {
    get: (key) => redis.get(key),
    set: (key, value, ttlSeconds) =>
      redis.set(key, value, ttlSeconds === undefined ? {} : { expiration: { type: 'EX', value: ttlSeconds } }),
    delete: (key) => redis.del(key),
    keys: () => redis.keys('*'),
    ttl: (key) => redis.ttl(key),
    close: () => redis.destroy(),
  }
}

/** The client `ioredis`, as its readme sets it up. */
export async function connectIoredis(url: string): Promise<RedisClient & { readonly redis: Redis }> {
  const redis = new Redis(url)
  redis.on('error', () => {})
  await redis.ping()
  return {
    redis,
    get: (key) => redis.get(key),
    set: (key, value, ttlSeconds) =>
      ttlSeconds === undefined ? redis.set(key, value) : redis.set(key, value, 'EX', ttlSeconds),
    delete: (key) => redis.del(key),
    keys: () => redis.keys('*'),
    ttl: (key) => redis.ttl(key),
    close: () => redis.disconnect(),
  }
}
