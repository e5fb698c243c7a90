import { innerErrorOf, memberOf } from './inner-error.js'

/** Why a database refused, as a five-character SQLSTATE; null if the driver does not say. */
export function sqlStateOf(error: unknown): string | null {
  let one = error
  for (let depth = 0; typeof one === 'object' && one !== null && depth < 4; depth++) {
    // Prisma has its own codes, and also the database's. mysql2 and mariadb have both, too.
    const named = ['originalCode', 'sqlState', 'code'].map((name) => memberOf(one, name))
    for (const candidate of [memberOf(memberOf(one, 'meta'), 'code'), ...named])
      if (typeof candidate === 'string' && /^[\dA-Z]{5}$/.test(candidate) && !/^P2\d{3}$/.test(candidate))
        return candidate
    one = innerErrorOf(one)
  }
  return null
}

/** SQLSTATE classes whose messages mention tables, privileges and connections, but no values. */
const SPEAKING: readonly string[] = ['08', '25', '28', '3D', '3F', '40', '42', '53', '55', '57', '58', 'XX']

/** Whether the message of an error with this SQLSTATE may quote a value, such as a duplicate key. */
export function quotesValues(state: string): boolean {
  return !SPEAKING.includes(state.slice(0, 2))
}
