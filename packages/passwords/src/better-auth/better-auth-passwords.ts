import { createHash } from 'node:crypto'
import { optionError } from '@dualauth/core/settings'
import type { PushPassword } from '../push/on-legacy-login.js'
import { credentialOf, type AccountRow } from './plugin.js'

/** The part of a Better Auth instance (`betterAuth({ … })` of their package) that is used. */
export interface PasswordInstance {
  readonly $context: Promise<{
    readonly password: { hash(password: string): Promise<string> }
    readonly options: {
      readonly advanced?:
        | { readonly database?: { readonly generateId?: unknown; readonly useNumberId?: unknown } | undefined }
        | undefined
    }
    // oxlint-disable-next-line no-explicit-any -- its type has another form in each version
    readonly internalAdapter: any
  }>
}

interface Adapter {
  findUserById(id: string): Promise<{ readonly id: string } | null>
  findAccounts(userId: string): Promise<readonly AccountRow[]>
  createAccount(account: Readonly<Record<string, unknown>>): Promise<{ readonly id: string }>
  deleteAccount(id: string): Promise<unknown>
}

/** What `betterAuthPasswords` takes besides the instance. */
export interface BetterAuthPasswordsOptions {
  /** The id in Better Auth, such as by the person's link; null: not linked. Left out: it is the application's own. */
  readonly find?: (userId: string) => Promise<string | null> | string | null
}

/**
 * For `onLegacyLogin`: gives a user of Better Auth who has no password the one of the old side, hashed as Better Auth hashes it. One who has a
 * password is left alone, and so is everybody else with the same address. Of several processes one writes: the id of the account is
 * made of the user's, unless the database counts ids (`serial`).
 *
 * @param instance Of the same process.
 * @throws {AuthError} `configuration_invalid`: it is none, or a wrong option.
 */
export function betterAuthPasswords(
  instance: PasswordInstance,
  { find = (userId) => userId }: BetterAuthPasswordsOptions = {},
): PushPassword {
  if (instance === null || typeof instance !== 'object' || !('$context' in instance))
    throw optionError('betterAuthPasswords.instance', 'must be a Better Auth instance')
  if (typeof find !== 'function') throw optionError('betterAuthPasswords.find', 'must be a function')
  return async ({ userId, password }, signal) => {
    const { internalAdapter, password: hashing, options } = await instance.$context
    const adapter = internalAdapter as Adapter
    const id = await find(userId)
    if (id === null || (await adapter.findUserById(id)) === null) return 'absent'
    const has = async (): Promise<boolean> => credentialOf(await adapter.findAccounts(id)) !== undefined
    if (await has()) return 'kept'
    const hash = await hashing.hash(password)
    signal.throwIfAborted()
    const { generateId, useNumberId } = options.advanced?.database ?? {}
    const own = generateId === 'serial' || useNumberId === true ? {} : { id: accountIdOf(id) }
    try {
      const account = { ...own, userId: id, accountId: id, providerId: 'credential', password: hash }
      const made = await adapter.createAccount(account)
      // They may have chosen one in this very moment.
      const all = await adapter.findAccounts(id)
      if (all.filter(({ providerId }) => providerId === 'credential').length === 1) return 'set'
      await adapter.deleteAccount(made.id)
      return 'kept'
    } catch (cause) {
      // Another process was faster.
      if (await has()) return 'kept'
      throw cause
    }
  }
}

/** The same in each process, so that the database takes it once; in the form of a uuid of names (version 5), as Better Auth checks it where ids are uuids. */
function accountIdOf(userId: string): string {
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
