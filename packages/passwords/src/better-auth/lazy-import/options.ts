import { functionOption, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Passwords } from '../../create-passwords.js'

/** A person of the old system. */
export interface LegacyPerson {
  /** As the old system stored it. Null: no password, so no password is right. */
  readonly hash: string | null
  /** The id in Better Auth. Default: a new one. With your own ids, no link is needed. */
  readonly id?: string
  /** Default empty. */
  readonly name?: string
  /** Whether the address is verified. Anything but true counts as not verified. */
  readonly emailVerified?: boolean | null
  /** A picture, by its URL. */
  readonly image?: string | null
  /** Further fields of Better Auth's user. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** The options of `lazyImport`. */
export interface LazyImportOptions {
  /** `createPasswords(…)`, which checks the hash of the old side within limits. */
  readonly passwords: Passwords
  /**
   * Finds a person on the old side. A rejection is an outage: 503.
   *
   * @param email In lower case; untrusted.
   * @returns Null: there is none.
   */
  readonly find: (email: string) => Promise<LegacyPerson | null> | LegacyPerson | null
  /** How long the old side may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number
  /**
   * Whether to refuse a sign-up with the address of a person who has not moved yet, or a change to such an address.
   * Default true. The answer is Better Auth's own for an address that is taken.
   */
  readonly guardSignUp?: boolean
  /**
   * Called for each person with the right password of the old side whose address belongs to somebody else here.
   * Default: none.
   */
  readonly onConflict?: (conflict: LazyImportConflict) => void
}

/** The address of a person who wants to move belongs to somebody else. */
export interface LazyImportConflict {
  /** The Better Auth user with the address. */
  readonly userId: string
  /** The person who wants to move; null: `find` returns no ids. */
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
