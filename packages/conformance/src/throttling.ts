import { send } from './http-client.js'
import type { Subject } from './subject.js'

/**
 * Asks `/me` of an application whose throttle lets two failures of an address through: once with a good credential, four times with a
 * forged one, and with the good one again. Each request says that it comes from elsewhere.
 *
 * @returns The status of each answer.
 */
export async function floodFromOneAddress(port: number, subject: Subject): Promise<readonly number[]> {
  const known = subject.token('editor-1')
  const forged = [1, 2, 3, 4].map((at) => subject.otherToken(`editor-${at}`))
  const statuses: number[] = []
  for (const [at, token] of [known, ...forged, known].entries()) {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': `203.0.113.${at}` }
    statuses.push((await send(`http://127.0.0.1:${port}`, { path: '/me', headers })).status)
  }
  return statuses
}

/** What it is answered. */
export const FLOODED: readonly number[] = [200, 401, 401, 429, 429, 200]
