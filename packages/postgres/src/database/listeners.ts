import type { Client } from 'pg'
import type { Listen } from '../policy/postgres-policy.js'
import { quoteName } from '../sql/quote.js'

/** The listening connections of one database. */
export interface Listeners {
  readonly listen: Listen
  /** Ends all of them. */
  close(): Promise<void>
}

/** The pause between attempts to reopen a connection. */
const PAUSE_MS = 1000

export function createListeners(connection: () => Client): Listeners {
  const open = new Set<() => Promise<void>>()
  return {
    async listen(channel, notified) {
      const stop = await keepListening(connection, channel, notified)
      open.add(stop)
      return async () => {
        open.delete(stop)
        await stop()
      }
    },
    async close() {
      await Promise.all([...open].map((stop) => stop()))
      open.clear()
    },
  }
}

/** The first connection may fail as well: listeners also poll. */
async function keepListening(
  connection: () => Client,
  channel: string,
  notified: (payload: string) => void,
): Promise<() => Promise<void>> {
  let client: Client | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false

  async function open(): Promise<void> {
    const next = connection()
    client = next
    next.on('notification', ({ payload }) => notified(payload ?? ''))
    // Without a listener for it, a connection that breaks would end the process.
    next.on('error', () => {})
    next.once('end', () => client === next && again())
    try {
      await next.connect()
      await next.query(`listen ${quoteName(channel)}`)
      // Notifications sent while no connection listened were missed.
      notified('')
    } catch {
      next.end().catch(() => {})
      if (client === next) again()
    }
  }

  function again(): void {
    if (isStopped || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      void open()
    }, PAUSE_MS)
    timer.unref()
  }

  await open()
  return async () => {
    isStopped = true
    clearTimeout(timer)
    await client?.end().catch(() => {})
  }
}
