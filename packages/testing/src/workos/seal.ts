import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { assertKnown, type Known } from '../known-options.js'

/** The options of `seal`. */
export interface SealOptions {
  /** At least 32 characters; or several by number, as `password` of iron-session: the highest seals, and the seal names it. */
  readonly password: string | Readonly<Record<number, string>>
  /** Milliseconds since the epoch. Default: the seal itself never expires, as in WorkOS' own libraries. */
  readonly expiresAt?: number
}

const OPTIONS: Known<SealOptions> = { password: true, expiresAt: true }

/**
 * Seals a value as `iron-session` and the WorkOS libraries do: Fe26.2, followed by the layout version `~2`.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export function seal(value: unknown, options: SealOptions): string {
  assertKnown(options, OPTIONS, 'seal')
  const { expiresAt } = options
  const [id, password] = newestOf(options.password)
  if (password.length < 32) throw new TypeError('seal.password: must be at least 32 characters long')
  const [encryptionSalt, macSalt] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', keyOf(password, encryptionSalt), iv)
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
  const parts = [iv, ciphertext].map((part) => part.toString('base64url'))
  const signed = ['Fe26.2', id, encryptionSalt, ...parts, expiresAt ?? ''].join('*')
  const mac = createHmac('sha256', keyOf(password, macSalt)).update(signed).digest('base64url')
  return `${signed}*${macSalt}*${mac}~2`
}

function newestOf(password: SealOptions['password']): readonly [id: string, password: string] {
  if (typeof password === 'string') return ['1', password]
  const [newest] = Object.entries(password).toSorted(([a], [b]) => Number(b) - Number(a))
  if (newest === undefined) throw new TypeError('seal.password: must have a password')
  return newest
}

/** One iteration: the format expects a random password. The salt is its hex text, not its bytes. */
function keyOf(password: string, salt: string): Buffer {
  return pbkdf2Sync(password, salt, 1, 32, 'sha1')
}
