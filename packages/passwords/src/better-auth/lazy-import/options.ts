import { functionOption, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Passwords } from '../../create-passwords.js'

/** A person of the old system. */
export interface LegacyPerson {
  /** As the old system stored it; null: no password, so that none is right. */
  readonly hash: string | null
  /** Becomes the id in Better Auth. Default: a new one. With your own ids no link is needed afterwards. */
  readonly id?: string
  /** Default empty. */
  readonly name?: string
  /** Whether the address was proven. Anything but true counts as not. */
  readonly emailVerified?: boolean | null
  /** A picture, by its URL. */
  readonly image?: string | null
  /** Further fields of Better Auth's user. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** The options of `lazyImport`. */
export interface LazyImportOptions {
  /** `createPasswords(…)`, which checks the hash of the old side within bounds. */
  readonly passwords: Passwords
  /**
   * Asks the old side for a person. A rejection is an outage: 503.
   *
   * @param email In lower case; untrusted.
   * @returns Null: there is none.
   */
  readonly find: (email: string) => Promise<LegacyPerson | null> | LegacyPerson | null
  /** How long the old side may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number
  /**
   * Whether nobody may sign up with the address of a person who has not come yet, or change an address to it. Default true. The
   * answer is Better Auth's own for an address that is taken.
   */
  readonly guardSignUp?: boolean
  /** Hears of each person who proved the password of the old side, and whose address somebody else has here. Left out: nobody does. */
  readonly onConflict?: (conflict: LazyImportConflict) => void
}

/** Somebody has the address of a person who wants to come. */
export interface LazyImportConflict {
  /** In Better Auth: who has the address. */
  readonly userId: string
  /** Who wants to come; null: `find` gives no ids. */
  readonly legacyId: string | null
}

const schema = object({
  passwords: withMethods<Passwords>(
    ['verifyPassword', 'hashPassword', 'describeHash'],
    'what createPasswords() returned',
  ),
  find: functionOption<LazyImportOptions['find']>('a function of an e-mail address'),
  timeoutMs: z._default(wholeBetween(1, 60_000), 5_000),
  guardSignUp: z._default(z.boolean(), true),
  onConflict: z.exactOptional(functionOption<NonNullable<LazyImportOptions['onConflict']>>()),
})

export type Settings = Required<Omit<LazyImportOptions, 'onConflict'>> & Pick<LazyImportOptions, 'onConflict'>

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseLazyImportOptions(options: unknown): Settings {
  return parseOptions(schema, options, 'lazyImport') as Settings
}
