import { AuthError } from '@dualauth/core'
import { timingSafeEqual } from 'node:crypto'
import type { Password } from './password.js'

/** Formats by the software or the standard that they come from. The names are a contract: they may be stored and counted. */
export type PasswordFormat =
  | 'argon2d'
  | 'argon2i'
  | 'argon2id'
  | 'aspnet-v2'
  | 'aspnet-v3'
  | 'bcrypt'
  | 'better-auth'
  | 'disabled'
  | 'django-bcrypt-sha256'
  | 'firebase-scrypt'
  | 'pbkdf2'
  | 'phpass'
  | 'scrypt'
  | 'sha'
  | 'ssha'
  | 'wordpress-bcrypt'

/** A hash that was read, and whose cost is within the limits. */
export interface StoredHash {
  readonly format: PasswordFormat
  /** Of argon2: kibibytes, passes and lanes; for the policy about hashing again. */
  readonly argon2?: Argon2Cost
  /** The bytes of a password that count; the rest is ignored by the format. Absent: all count. */
  readonly usedBytes?: number
  /** Whether it is this password. */
  check(password: Password): Promise<boolean>
}

export interface Argon2Cost {
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
}

/** Judges what `bcrypt` hashes hold. Both `@node-rs/bcrypt` and `bcryptjs` are such a library. */
export interface BcryptLibrary {
  compare(password: string, hash: string): Promise<boolean>
}

/** Judges what argon2 hashes hold. Both `@node-rs/argon2` and `argon2` are such a library. */
export interface Argon2Library {
  verify(hash: string, password: string): Promise<boolean>
  hash(
    password: string,
    options: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number },
  ): Promise<string>
}

/** The password hash parameters of a Firebase project, as its console shows them. */
export interface FirebaseParameters {
  /** `base64_signer_key`. Secret. */
  readonly signerKey: string
  /** `base64_salt_separator`. Default empty. */
  readonly saltSeparator?: string
  /** 1 to 8, the project's `rounds`. */
  readonly rounds: number
  /** 1 to 20, the project's `mem_cost`: the logarithm of the cost. */
  readonly memCost: number
}

/** What a hash may cost at most; a row that says more is refused before any work is done. */
export interface HashLimits {
  /** The logarithm of the rounds. Default 14. */
  readonly bcryptCost: number
  /** Default 2,000,000. */
  readonly pbkdf2Iterations: number
  /** Of argon2 and scrypt. Default 128. */
  readonly memoryMiB: number
  /** Of argon2 (`t`) and scrypt (`p`, which run one after the other). Default 16. */
  readonly passes: number
  /** Lanes of argon2. Default 16. */
  readonly parallelism: number
  /** The logarithm of the rounds of phpass. Default 16. */
  readonly phpassCost: number
}

/** What reading a hash needs. */
export interface ReadingContext {
  readonly limits: HashLimits
  readonly bcrypt?: BcryptLibrary | undefined
  readonly argon2?: Argon2Library | undefined
  readonly firebase?: FirebaseParameters | undefined
}

/**
 * Reads a hash of one family; null for one of another.
 *
 * @throws {AuthError} As `readHash`.
 */
export type ReadFormat = (hash: string, context: ReadingContext) => StoredHash | null

/** In a time that depends on the lengths only, which are public. */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/** The hash says of which format it is, and is not of that form. Nothing of it is repeated. */
export function malformed(format: string): AuthError {
  return new AuthError('password_hash_malformed', { message: `a ${format} hash is malformed` })
}

/** @throws {AuthError} `password_cost_refused` */
export function assertCost(
  format: string,
  costs: readonly (readonly [cost: number, limit: keyof HashLimits])[],
  limits: HashLimits,
): void {
  for (const [cost, limit] of costs)
    if (!(cost <= limits[limit]))
      throw new AuthError('password_cost_refused', {
        message: `a ${format} hash costs more than createPasswords.limits.${limit} allows`,
      })
}

/** @throws {AuthError} `password_format_unknown` */
export function required<T>(library: T | undefined, option: string, format: string): T {
  if (library !== undefined) return library
  throw new AuthError('password_format_unknown', {
    message: `checking ${format} hashes needs the option createPasswords.${option}`,
  })
}
