import { within } from '@dualauth/core/adapter'

/** One command to Redis, and its answer. */
export type Send = (...args: string[]) => Promise<unknown>

/** The doctor's own connection. */
export interface OpenRedis {
  readonly send: Send
  close(): void
}

const TIMEOUT_MS = 5_000
const TIMED_OUT = 'ETIMEDOUT'

/**
 * @returns null if the package `redis` is not installed.
 * @throws if the server cannot be reached.
 */
export async function openRedis(url: string): Promise<OpenRedis | null> {
  const loaded = await import('redis').catch(() => null)
  if (loaded === null) return null
  const client = loaded.createClient({ url, socket: { connectTimeout: TIMEOUT_MS, reconnectStrategy: false } })
  // Without a listener, an error would end the process.
  client.on('error', () => {})
  await inTime(client.connect()).catch((error: unknown) => {
    if (client.isOpen) client.destroy()
    throw error
  })
  return { send: (...args) => inTime(client.sendCommand(args)), close: () => client.destroy() }
}

/** A server that hangs must not make the doctor hang. */
async function inTime(asked: Promise<unknown>): Promise<unknown> {
  const answer = await within(
    asked.then((value) => ({ value })),
    TIMEOUT_MS,
  )
  if (answer === null) throw Object.assign(new Error('no answer in time'), { code: TIMED_OUT })
  return answer.value
}

const PAGES = 200
const PAGE = '500'

/**
 * Keys that match a pattern, at most `limit`. Looks at about 100,000 keys, one page at a time, so that it does not
 * block other clients.
 * @param pattern May contain Redis wildcards.
 */
export async function scan(send: Send, pattern: string, limit: number): Promise<readonly string[]> {
  const found: string[] = []
  let cursor = '0'
  for (let page = 0; page < PAGES && found.length < limit; page++) {
    const [next, keys] = (await send('SCAN', cursor, 'MATCH', pattern, 'COUNT', PAGE)) as [string, string[]]
    found.push(...keys)
    cursor = String(next)
    if (cursor === '0') break
  }
  return found.slice(0, limit)
}

/** Escapes a text so that a pattern matches it literally. */
export function literally(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
