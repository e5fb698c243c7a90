import { openConnection, type Connection } from './connection.js'

export interface Load {
  readonly port: number
  /** Sent one after another, over and over. */
  readonly requests: readonly Buffer[]
  readonly connections: number
  readonly seconds: number
  /** Requests that arrive each second, whether or not the ones before are answered. Default: each answer brings the next. */
  readonly perSecond?: number
}

export interface Answers {
  readonly perSecond: number
  /** How many of each status. */
  readonly statuses: ReadonlyMap<number, number>
  readonly count: number
}

const TICK_MS = 1

/** Requests over keep-alive connections of loopback, for so many seconds. */
export async function sendLoad({ port, requests, connections, seconds, perSecond }: Load): Promise<Answers> {
  const statuses = new Map<number, number>()
  const open: Connection[] = []
  let sent = 0
  let isOver = false
  const send = (connection: Connection): void => connection.send(requests[sent++ % requests.length] as Buffer)
  for (let index = 0; index < connections; index++) {
    const connection = await openConnection(port, (status) => {
      if (isOver) return
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (perSecond === undefined) send(connection)
    })
    open.push(connection)
  }
  const startedAt = performance.now()
  const arrivals = (): void => {
    const due = ((performance.now() - startedAt) / 1000) * (perSecond as number)
    for (const connection of open) {
      if (sent >= due) return
      if (connection.isIdle) send(connection)
    }
  }
  const timer = perSecond === undefined ? undefined : setInterval(arrivals, TICK_MS)
  // Waking a sleeping process is work of the one that answers it, the more the longer its answers take:
  // here callers never sleep, as those on machines of their own would not.
  const stayAwake = (): void => void (isOver || setImmediate(stayAwake))
  if (perSecond === undefined) stayAwake()
  if (perSecond === undefined) open.forEach(send)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  isOver = true
  clearInterval(timer)
  const elapsed = (performance.now() - startedAt) / 1000
  for (const connection of open) connection.close()
  const count = [...statuses.values()].reduce((sum, value) => sum + value, 0)
  return { perSecond: count / elapsed, statuses, count }
}

/** An answer nobody expected ends the run: refusals are fast. */
export function assertOnly({ statuses }: Answers, status: number, name: string): void {
  const others = [...statuses.keys()].filter((found) => found !== status)
  if (others.length > 0 || statuses.size === 0)
    throw new Error(`${name}: answers ${others.join(', ') || 'nothing'} instead of ${status}`)
}
