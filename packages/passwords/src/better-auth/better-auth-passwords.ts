import { optionError } from '@dualauth/core/settings'
import type { PushPassword } from '../push/on-legacy-login.js'
import { credentialAccount, type IdOptions } from './account-id.js'
import { hasMoved, LEGACY_MOVE, moveKey, noteMoves, type MovesAdapter } from './legacy-moves.js'
import { credentialOf, type AccountRow } from './plugin.js'

/** The part of a Better Auth instance (`betterAuth({ … })` of their package) that is used. */
export interface PasswordInstance {
  /** Of its `plugins`, one brings the table `legacyMove`. An instance without any is refused when it is given, not by its type. */
  readonly options: object
  readonly $context: Promise<{
    readonly password: { hash(password: string): Promise<string> }
    readonly options: IdOptions
    // oxlint-disable-next-line no-explicit-any -- so has this
    readonly adapter: any
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

/** The options of `betterAuthPasswords`. */
export interface BetterAuthPasswordsOptions {
  /**
   * Finds the id in Better Auth, for example by the person's link; null: not linked. Default: the application's own id.
   */
  readonly find?: (userId: string) => Promise<string | null> | string | null
}

/**
 * For `onLegacyLogin`: gives a user of Better Auth who has no password the one of the old side, hashed as Better Auth hashes it. One who has a
 * password is left alone, and so is everybody else with the same address. Nobody gets it twice: whoever has removed it has removed it. Of several processes one writes: the id of the account is
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
  const { plugins = [] } = instance.options as { readonly plugins?: readonly { readonly schema?: object }[] }
  if (!plugins.some(({ schema }) => schema !== undefined && LEGACY_MOVE in schema))
    throw optionError('betterAuthPasswords.instance', 'must have the plugin legacyMoves(), or lazyImport(…)')
  if (typeof find !== 'function') throw optionError('betterAuthPasswords.find', 'must be a function')
  return async ({ userId, password }, signal) => {
    const { internalAdapter, adapter: rows, password: hashing, options } = await instance.$context
    const adapter = internalAdapter as Adapter
    const moves = rows as MovesAdapter
    const id = await find(userId)
    if (id === null || (await adapter.findUserById(id)) === null) return 'absent'
    const has = async (): Promise<boolean> => credentialOf(await adapter.findAccounts(id)) !== undefined
    const key = moveKey('password', id)
    if (await hasMoved(moves, key)) return 'kept'
    if (await has()) {
      await noteMoves(moves, [key])
      return 'kept'
    }
    const hash = await hashing.hash(password)
    signal.throwIfAborted()
    try {
      const made = await adapter.createAccount(credentialAccount(options, id, hash))
      // They may have chosen one in this very moment.
      const all = await adapter.findAccounts(id)
      if (all.filter(({ providerId }) => providerId === 'credential').length === 1) {
        await noteMoves(moves, [key])
        return 'set'
      }
      await adapter.deleteAccount(made.id)
      return 'kept'
    } catch (cause) {
      // Another process was faster.
      if (await has()) return 'kept'
      throw cause
    }
  }
}
