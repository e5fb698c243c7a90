import { layersOf, memberOf } from './inner-error.js'

/** Where drivers keep it. Those for MySQL and MariaDB have a code of their own as well, and so has Prisma. */
const MEMBERS = ['originalCode', 'sqlState', 'state', 'code'] as const

/** Why a database refused, as a five-character SQLSTATE; null if the driver does not say. */
export function sqlStateOf(error: unknown): string | null {
  for (const layer of layersOf(error))
    for (const candidate of [
      memberOf(memberOf(layer, 'meta'), 'code'),
      ...MEMBERS.map((name) => memberOf(layer, name)),
    ])
      if (typeof candidate === 'string' && isSqlState(candidate)) return candidate
  return null
}

/** `EPIPE` also has five letters, and Prisma's own codes begin with a P. */
function isSqlState(code: string): boolean {
  return /^(?=.*\d)[\dA-Z]{5}$/.test(code) && !/^P[1-9]\d{3}$/.test(code)
}

/** SQLSTATE classes whose messages mention tables, privileges and connections, but no values. */
const SPEAKING: readonly string[] = ['08', '25', '28', '3D', '3F', '40', '42', '53', '55', '57', '58', 'XX']

/** Whether the message of an error with this SQLSTATE may quote a value, such as a duplicate key. */
export function quotesValues(state: string): boolean {
  return !SPEAKING.includes(state.slice(0, 2))
}
