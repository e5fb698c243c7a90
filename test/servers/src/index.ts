export { trapsScript, type Traps } from './traps.js'
export { describeWith } from './programs.js'
export { startPostgres, type PostgresServer } from './postgres.js'
export { startRedis, type RedisServer } from './redis.js'
