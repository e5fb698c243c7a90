import { randomBytes } from 'node:crypto'

/** A row of Better Auth's table `session`, including fields that plugins add. */
export interface BetterAuthSessionRow extends Readonly<Record<string, unknown>> {
  readonly id: string
  /** A credential: the table stores it in plain text. */
  readonly token: string
  readonly userId: string
  readonly expiresAt: Date
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A row of Better Auth's table `user`, including fields that plugins add. */
export interface BetterAuthUserRow extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly emailVerified: boolean
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Random letters and digits, as Better Auth creates ids and tokens. `alphabet`: how many different ones are used. */
export function randomLetters(length: number, alphabet: number = LETTERS.length): string {
  return Array.from(randomBytes(length), (byte) => LETTERS.charAt(byte % alphabet)).join('')
}

export function userRow(fields: Readonly<Record<string, unknown>>, now: number): BetterAuthUserRow {
  const id = (fields['id'] as string | undefined) ?? randomLetters(32)
  const at = new Date(now)
  const email = `${id.toLowerCase()}@example.com`
  return { id, name: 'A Name', email, emailVerified: true, image: null, createdAt: at, updatedAt: at, ...fields }
}

export function sessionRow(
  userId: string,
  expiresInSeconds: number,
  fields: Readonly<Record<string, unknown>>,
  now: number,
): BetterAuthSessionRow {
  const at = new Date(now)
  return {
    id: randomLetters(32),
    token: randomLetters(32),
    userId,
    expiresAt: new Date(now + expiresInSeconds * 1000),
    createdAt: at,
    updatedAt: at,
    ipAddress: '127.0.0.1',
    userAgent: 'dualauth testing',
    ...fields,
  }
}
