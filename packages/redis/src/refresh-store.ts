import type { RefreshStore } from '@dualauth/core'
import { object, parseOptions } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { redisClient, sendOf, type RedisClient } from './client.js'
import { keyPrefix } from './options.js'
import { within } from './within.js'

/** The options of `redisRefreshes`. */
export interface RedisRefreshesOptions {
  /** Connected, with a listener for `error`. */
  readonly client: RedisClient
  /** Put before every key. Default `dualauth:`. */
  readonly prefix?: string
}

const ANSWER_MS = 2_000

const schema = object({ client: redisClient, prefix: z._default(keyPrefix, 'dualauth:') })

/**
 * Lets instances share session refreshes, so that one instance refreshes and the others get its answer: for the option
 * `refresh.store` of sealed sessions. Values arrive already sealed.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function redisRefreshes(options: RedisRefreshesOptions): RefreshStore {
  const { client, prefix } = parseOptions(schema, options, 'redisRefreshes')
  const send = sendOf(client)
  return {
    add: async (key, value, ttlMs) =>
      (await send('SET', `${prefix}${key}`, value, 'NX', 'PX', String(Math.ceil(ttlMs)))) === 'OK',
    async get(key) {
      const value = await send('GET', `${prefix}${key}`)
      return typeof value === 'string' ? value : null
    },
    async set(key, value, ttlMs) {
      await send('SET', `${prefix}${key}`, value, 'PX', String(Math.ceil(ttlMs)))
    },
    async delete(key) {
      await send('DEL', `${prefix}${key}`)
    },
    // A client that queues commands while its server is down would keep a probe waiting as long.
    ready: () => within(ANSWER_MS, send('PING')),
    about: { kind: 'redis', prefix },
  }
}
