import * as z from 'zod/mini'
import { within } from './within.js'

/** Redis as one function: takes a command with its arguments, returns the answer. For wrappers and clusters. */
export interface RedisSend {
  send(args: readonly string[]): Promise<unknown>
}

/** A client of `redis` (node-redis), connected, with a listener for `error`. */
export interface NodeRedis {
  sendCommand(args: string[]): Promise<unknown>
  /** The options it was created with. */
  readonly options?: unknown
  duplicate(override?: object): NodeRedisReader
}

interface NodeRedisReader {
  sendCommand(args: string[]): Promise<unknown>
  connect(): Promise<unknown>
  destroy(): unknown
  on(event: 'error', listener: () => void): unknown
}

/** A client of `ioredis`, with a listener for `error`. */
export interface IoRedis {
  call(command: string, ...args: string[]): Promise<unknown>
  duplicate(override?: object): IoRedisReader
}

interface IoRedisReader {
  call(command: string, ...args: string[]): Promise<unknown>
  disconnect(): unknown
  on(event: 'error', listener: () => void): unknown
}

/** The Redis client of an application. */
export type RedisClient = NodeRedis | IoRedis | RedisSend

export type Send = (...args: string[]) => Promise<unknown>

/** A dedicated connection, on which one command may wait without blocking others. */
export interface Reader {
  readonly send: Send
  close(): void
}

export const redisClient: z.ZodMiniType<RedisClient> = z.custom<RedisClient>(
  (value) => ['send', 'call', 'sendCommand'].some((name) => typeof (value as never)?.[name] === 'function'),
  'a client of redis or ioredis, or an object with send',
)

export function sendOf(client: RedisClient): Send {
  const send = rawSendOf(client)
  return async (...args) => textOf(await send(...args))
}

function rawSendOf(client: RedisClient): Send {
  if ('send' in client) return (...args) => client.send(args)
  // A client of ioredis has a different `sendCommand`.
  if ('call' in client) return (command = '', ...args) => client.call(command, ...args)
  return (...args) => client.sendCommand(args)
}

/** Clients can be configured to return bytes. */
function textOf(answer: unknown): unknown {
  if (answer instanceof Uint8Array) return new TextDecoder().decode(answer)
  return Array.isArray(answer) ? answer.map(textOf) : answer
}

/** Null: not available, so waiting means polling. */
export async function openReader(client: RedisClient): Promise<Reader | null> {
  if ('send' in client) return null
  if ('call' in client) {
    // Without a queue, commands before the connection is up would be refused. A time limit on answers would interrupt
    // waiting, which has its own limit.
    const reader = client.duplicate({ enableOfflineQueue: true, commandTimeout: undefined, socketTimeout: undefined })
    reader.on('error', ignore)
    return { send: (command = '', ...args) => reader.call(command, ...args), close: () => void reader.disconnect() }
  }
  const reader = client.duplicate(withoutSocketTimeout(client))
  reader.on('error', ignore)
  try {
    // It retries for ever while its server is down.
    await within(CONNECT_MS, reader.connect())
  } catch (cause) {
    reader.destroy()
    throw cause
  }
  return { send: (...args) => reader.sendCommand(args), close: () => void reader.destroy() }
}

const CONNECT_MS = 5_000

/** It would interrupt a waiting reader, and node-redis does not reconnect after that. */
function withoutSocketTimeout({ options }: NodeRedis): object | undefined {
  const { socket } = (options ?? {}) as { readonly socket?: { readonly socketTimeout?: unknown } }
  return socket?.socketTimeout === undefined ? undefined : { socket: { ...socket, socketTimeout: undefined } }
}

/** A failure rejects the command that met it; the client reconnects on its own. */
function ignore(): void {}
