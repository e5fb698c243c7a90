import { createCipheriv } from 'node:crypto'
import { anyBase64Bytes } from './base64.js'
import { assertScryptCost, scryptKey } from './scrypt.js'
import {
  isSame,
  malformed,
  required,
  type FirebaseParameters,
  type ReadingContext,
  type StoredHash,
} from './stored-hash.js'

const FORMAT = 'firebase-scrypt'
const FORM = /^\$fbscrypt\$v=1((?:,[a-z]+=[A-Za-z0-9+/_=-]*)*)\$([A-Za-z0-9+/_=-]+)\$([A-Za-z0-9+/_=-]+)$/

/**
 * Writes what Firebase exports of a user as one text: `$fbscrypt$v=1$<salt>$<hash>`. The project's parameters are options of
 * `createPasswords`, so that its signer key is not in every row.
 *
 * @param exported `passwordHash` and `salt` of `firebase auth:export`, in base64 or base64url.
 */
export function firebaseHash({ passwordHash, salt }: { readonly passwordHash: string; readonly salt: string }): string {
  return `$fbscrypt$v=1$${salt}$${passwordHash}`
}

/**
 * `$fbscrypt$v=1,n=…,r=…,p=1,ss=…,sk=…$<salt>$<hash>`, as Supabase stores it. Parameters that are not there are those of the option
 * `firebase`. The key that scrypt derives encrypts the signer key, and the outcome is what is stored.
 *
 * @see https://github.com/firebase/scrypt
 */
export function readFirebase(hash: string, context: ReadingContext): StoredHash | null {
  if (!hash.startsWith('$fbscrypt$')) return null
  const [, own, salt = '', digest = ''] = FORM.exec(hash) ?? []
  if (own === undefined) throw malformed(FORMAT)
  const { signerKey, saltSeparator = '', rounds, memCost } = parametersOf(own, context.firebase)
  const cost = { N: 2 ** memCost, r: rounds, p: 1 }
  assertScryptCost(FORMAT, cost, context.limits)
  const key = anyBase64Bytes(signerKey, FORMAT)
  const wanted = anyBase64Bytes(digest, FORMAT)
  const salted = Buffer.concat([anyBase64Bytes(salt, FORMAT), anyBase64Bytes(saltSeparator, FORMAT)])
  if (wanted.length !== key.length || key.length < 16) throw malformed(FORMAT)
  return {
    format: FORMAT,
    async check({ bytes }) {
      const derived = await scryptKey(bytes, salted, 32, cost)
      const cipher = createCipheriv('aes-256-ctr', derived, Buffer.alloc(16))
      return isSame(Buffer.concat([cipher.update(key), cipher.final()]), wanted)
    },
  }
}

/** Those of the row, and for the rest those of the project. */
function parametersOf(own: string, project: FirebaseParameters | undefined): FirebaseParameters {
  const stated = Object.fromEntries(
    own
      .split(',')
      .slice(1)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  ) as Partial<Record<'n' | 'r' | 'p' | 'ss' | 'sk', string>>
  const complete = stated.sk !== undefined && stated.n !== undefined && stated.r !== undefined
  const { signerKey, saltSeparator, rounds, memCost } = complete
    ? { signerKey: '', saltSeparator: '', rounds: 0, memCost: 0 }
    : required(project, 'firebase', FORMAT)
  const parameters = {
    signerKey: stated.sk ?? signerKey,
    saltSeparator: stated.ss ?? saltSeparator ?? '',
    rounds: stated.r === undefined ? rounds : Number(stated.r),
    memCost: stated.n === undefined ? memCost : Number(stated.n),
  }
  const isWhole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most
  if (!isWhole(parameters.memCost, 31) || !isWhole(parameters.rounds, 64) || (stated.p ?? '1') !== '1')
    throw malformed(FORMAT)
  return parameters
}
