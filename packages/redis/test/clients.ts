import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { RedisClient } from '../src/index.js'

export interface Connected {
  readonly client: RedisClient
  close(): void
}

/** Each client that an application may have, connected. */
export const CLIENTS: Readonly<Record<'node-redis' | 'ioredis' | 'send', (url: string) => Promise<Connected>>> = {
  async 'node-redis'(url) {
    const client = createClient({ url, socket: { reconnectStrategy: 20 } })
    client.on('error', () => {})
    await client.connect()
    return { client, close: () => client.destroy() }
  },
  async ioredis(url) {
    const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
    client.on('error', () => {})
    return { client, close: () => client.disconnect() }
  },
  async send(url) {
    const { client, close } = await CLIENTS.ioredis(url)
    const { call } = client as Redis
    return {
      client: { send: ([command = '', ...args]) => call.call(client as Redis, command, ...args) as never },
      close,
    }
  },
}

export const NAMES: readonly (keyof typeof CLIENTS)[] = ['node-redis', 'ioredis', 'send']
