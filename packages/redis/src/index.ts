export type { IoRedis, NodeRedis, RedisClient, RedisSend } from './client.js'
export { redisPolicy, type RedisPolicy, type RedisPolicyOptions } from './policy.js'
export { redisRefreshes, type RedisRefreshesOptions } from './refresh-store.js'
export { redisRevocations, type RedisRevocationsOptions } from './revocations.js'
