import { AuthError, isAuthError } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { passwordOf, unfit, type Unfit } from './formats/password.js'
import { readHash } from './formats/read-hash.js'
import type { PasswordFormat, StoredHash } from './formats/stored-hash.js'
import { parsePasswordsOptions, type PasswordsOptions, type PasswordsSettings } from './options.js'
import { dummyOf, hashTo, meetsTarget } from './target.js'
import { createQueue } from './work/queue.js'

/** The result of a check. */
export interface PasswordVerdict {
  readonly ok: boolean
  /** The password was right, but its hash is weaker than the option `target` or has another format. */
  readonly needsRehash: boolean
  /** Null: there was no hash. */
  readonly format: PasswordFormat | null
  /**
   * The password is longer than the 72 bytes that bcrypt checks. The first 72 bytes were right; the rest is unknown.
   */
  readonly truncated: boolean
}

/** A description of a hash, as far as possible without a password. */
export interface HashDescription {
  readonly format: PasswordFormat
  readonly needsRehash: boolean
}

/** Checks and hashes passwords. Each function can be used without the object. */
export interface Passwords {
  /**
   * Whether this is the password of a hash, of whichever format.
   *
   * A password that is empty, longer than `maxPasswordBytes` or no well-formed text is never right, and a wrong one is not told from
   * those. What cannot be judged is an error and never false.
   *
   * @param hash As it is stored; null for a person who is not there, for whom the same work is done as for one with `dummyHash`.
   * @param password Untrusted.
   * @throws {AuthError} 503: `password_format_unknown` (also: the library for it was not given), `password_hash_malformed`,
   *   `password_cost_refused`, `password_checks_busy` with `Retry-After`.
   */
  verifyPassword(hash: string | null, password: string): Promise<PasswordVerdict>
  /**
   * A new hash by the option `target`.
   *
   * @throws {AuthError} `password_refused` (400): empty, too long or no well-formed text; `password_checks_busy` (503).
   */
  hashPassword(password: string): Promise<string>
  /**
   * What a stored hash is, without any work: for counting before a move.
   *
   * @throws {AuthError} As `verifyPassword`.
   */
  describeHash(hash: string): HashDescription
}

/**
 * Checks the password hashes of other systems, with so many at a time that nobody can exhaust the process by signing
 * in.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example import * as bcrypt from '@node-rs/bcrypt' const passwords = createPasswords({ bcrypt }) const { ok,
 * needsRehash } = await passwords.verifyPassword(row.passwordHash, password)
 */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const settings = parsePasswordsOptions(options)
  if (settings.target.format === 'argon2id' && settings.argon2 === undefined)
    throw optionError('createPasswords.argon2', 'is needed for the target argon2id')
  const dummy = dummyHashOf(settings)
  const enqueue = createQueue(settings)

  return {
    async verifyPassword(hash, password) {
      const stored = hash === null ? null : readHash(assertText(hash), settings)
      const problem = unfit(password, settings.maxPasswordBytes)
      // As much work for a password that cannot be right, and for a person who is not there.
      const checked = problem === null ? passwordOf(password) : passwordOf('x')
      const isRight = await enqueue(() =>
        (stored === null || stored.format === 'disabled' ? dummy : stored).check(checked),
      )
      const ok = isRight && stored !== null && stored.format !== 'disabled' && problem === null
      const truncated = ok && stored.usedBytes !== undefined && checked.bytes.length > stored.usedBytes
      return { ok, needsRehash: ok && !meetsTarget(stored, settings), format: stored?.format ?? null, truncated }
    },
    async hashPassword(password) {
      const problem = unfit(password, settings.maxPasswordBytes)
      if (problem !== null) throw new AuthError('password_refused', { detail: DETAILS[problem] })
      return enqueue(() => hashTo(password, settings))
    },
    describeHash(hash) {
      const stored = readHash(assertText(hash), settings)
      return { format: stored.format, needsRehash: !meetsTarget(stored, settings) }
    },
  }
}

const DETAILS: Readonly<Record<Unfit, string>> = {
  empty: 'the password is empty',
  too_long: 'the password is too long',
  not_text: 'the password is not well-formed Unicode',
}

/** A column may hold what its type does not say. */
function assertText(hash: unknown): string {
  if (typeof hash === 'string') return hash
  throw new AuthError('password_format_unknown', { message: 'a stored password is no text' })
}

function dummyHashOf(settings: PasswordsSettings): StoredHash {
  const { dummyHash } = settings
  if (dummyHash === undefined)
    // What is made of the options may cost what they ask for.
    return readHash(dummyOf(settings), { ...settings, limits: { ...settings.limits, memoryMiB: 4_096, passes: 1_000 } })
  try {
    return readHash(dummyHash, settings)
  } catch (cause) {
    if (!isAuthError(cause)) throw cause
    throw optionError('createPasswords.dummyHash', `is refused as ${cause.code}`)
  }
}
