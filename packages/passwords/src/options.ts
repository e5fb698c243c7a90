import { object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Argon2Library, BcryptLibrary, FirebaseParameters, HashLimits } from './formats/stored-hash.js'

/** The format of new hashes, with which `needsRehash` compares. */
export type PasswordTarget =
  /** As Better Auth makes them by default: scrypt with N=16384, r=16, p=1. */
  | { readonly format: 'better-auth' }
  /** Needs the option `argon2`. */
  | {
      readonly format: 'argon2id'
      /** Default 19,456. */
      readonly memoryKiB?: number
      /** Default 2. */
      readonly passes?: number
      /** Default 1. */
      readonly parallelism?: number
    }

/** The options of `createPasswords`. */
export interface PasswordsOptions {
  /** `import * as bcrypt from '@node-rs/bcrypt'`, or `bcryptjs`. Required for bcrypt hashes. */
  readonly bcrypt?: BcryptLibrary
  /** `import * as argon2 from '@node-rs/argon2'`, or `argon2`. Required for argon2 hashes. */
  readonly argon2?: Argon2Library
  /** The parameters of your Firebase project. Required for Firebase hashes that do not contain them. */
  readonly firebase?: FirebaseParameters
  /** Default `{ format: 'better-auth' }`. */
  readonly target?: PasswordTarget
  /** Limits on the cost of a stored hash. Each has a default. */
  readonly limits?: Partial<HashLimits>
  /** The longest password, in bytes of UTF-8. Default 4,096. */
  readonly maxPasswordBytes?: number
  /** Maximum number of concurrent checks. Default 3: libuv has four threads, and DNS look-ups need one. */
  readonly concurrency?: number
  /** Maximum number of waiting checks. Default 64. */
  readonly queueLimit?: number
  /** How long a check may wait, in milliseconds. Default 5,000. */
  readonly maxWaitMs?: number
  /**
   * A hash like those of most of your people, so that an unknown person takes the same time. Default: one of `target`.
   */
  readonly dummyHash?: string
}

const limits = object({
  bcryptCost: z._default(wholeBetween(4, 31), 14),
  pbkdf2Iterations: z._default(wholeBetween(1, 4_294_967_295), 2_000_000),
  memoryMiB: z._default(wholeBetween(32, 4_096), 128),
  passes: z._default(wholeBetween(1, 1_000), 16),
  parallelism: z._default(wholeBetween(1, 255), 16),
  phpassCost: z._default(wholeBetween(7, 30), 16),
})

const base64 = z.string('base64').check(z.regex(/^[A-Za-z0-9+/_-]*={0,2}$/))
const firebase = object({
  signerKey: z.string('base64 of at least 16 bytes').check(z.regex(/^[A-Za-z0-9+/_-]{22,}={0,2}$/)),
  saltSeparator: z._default(base64, ''),
  rounds: wholeBetween(1, 64),
  memCost: wholeBetween(1, 24),
})

const target = z.union(
  [
    object({ format: z.literal('better-auth') }),
    object({
      format: z.literal('argon2id'),
      memoryKiB: z._default(wholeBetween(8_192, 1_048_576), 19_456),
      passes: z._default(wholeBetween(1, 100), 2),
      parallelism: z._default(wholeBetween(1, 64), 1),
    }),
  ],
  "{ format: 'better-auth' } or { format: 'argon2id', memoryKiB, passes, parallelism }",
)

/** The options with their defaults. */
export interface PasswordsSettings extends Required<Omit<PasswordsOptions, Optional | 'limits' | 'target'>> {
  readonly bcrypt?: BcryptLibrary
  readonly argon2?: Argon2Library
  readonly firebase?: FirebaseParameters
  readonly dummyHash?: string
  readonly limits: HashLimits
  readonly target: { readonly format: 'better-auth' } | Required<Extract<PasswordTarget, { format: 'argon2id' }>>
}

type Optional = 'bcrypt' | 'argon2' | 'firebase' | 'dummyHash'

const schema: z.ZodMiniType<PasswordsSettings> = object({
  bcrypt: z.exactOptional(withMethods<BcryptLibrary>(['compare'], 'a library such as @node-rs/bcrypt')),
  argon2: z.exactOptional(withMethods<Argon2Library>(['verify', 'hash'], 'a library such as @node-rs/argon2')),
  firebase: z.exactOptional(firebase),
  target: z._default(target, { format: 'better-auth' }),
  limits: z.prefault(limits, {}),
  maxPasswordBytes: z._default(wholeBetween(72, 65_536), 4_096),
  concurrency: z._default(wholeBetween(1, 1_024), 3),
  queueLimit: z._default(wholeBetween(0, 100_000), 64),
  maxWaitMs: z._default(wholeBetween(1, 600_000), 5_000),
  dummyHash: z.exactOptional(z.string('a hash as it is stored')),
})

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parsePasswordsOptions(options: unknown): PasswordsSettings {
  return parseOptions(schema, options, 'createPasswords')
}
