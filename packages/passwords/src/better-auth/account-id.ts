import { createHash } from 'node:crypto'

/**
 * The id of the account that holds a user's password. The same in each process, so that the database takes it once; in the form of a
 * uuid of names (version 5), as Better Auth checks it where ids are uuids.
 */
export function accountIdOf(userId: string): string {
  const hex = createHash('sha256').update(`dualauth credential\0${userId}`).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

/** The options that say who makes ids. */
export interface IdOptions {
  readonly advanced?:
    { readonly database?: { readonly generateId?: unknown; readonly useNumberId?: unknown } | undefined } | undefined
}

/** Whether the database counts ids, so that none can be given. */
function countsIds({ advanced }: IdOptions): boolean {
  const { generateId, useNumberId } = advanced?.database ?? {}
  return generateId === 'serial' || useNumberId === true
}

/** Whether ids stand in columns of type uuid, which know one spelling. */
export function hasUuids({ advanced }: IdOptions): boolean {
  return advanced?.database?.generateId === 'uuid'
}

/**
 * The account of a password.
 *
 * @param options Of the instance.
 */
export function credentialAccount(
  options: IdOptions,
  userId: string,
  password: string,
): Readonly<Record<string, unknown>> {
  const own = countsIds(options) ? {} : { id: accountIdOf(userId) }
  return { ...own, userId, accountId: userId, providerId: 'credential', password }
}
