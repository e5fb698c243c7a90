import { base64Bytes } from './base64.js'
import { assertCost, malformed, required, type ReadingContext, type StoredHash } from './stored-hash.js'

const FORM =
  /^\$(argon2(?:id|i|d))(?:\$v=(16|19))?\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** `$argon2id$`, `$argon2i$` and `$argon2d$`, by RFC 9106; `argon2$argon2…` of Django and `{ARGON2}` of OpenLDAP before them. */
export function readArgon2(stored: string, { argon2, limits }: ReadingContext): StoredHash | null {
  const hash = stored.replace(/^(?:\{ARGON2\}|argon2(?=\$argon2))/, '')
  if (!hash.startsWith('$argon2')) return null
  const [, variant, version, memory, passes, parallelism, salt = '', digest = ''] = FORM.exec(hash) ?? []
  if (variant === undefined) throw malformed('argon2')
  const format = variant as 'argon2id' | 'argon2i' | 'argon2d'
  const cost = { memoryKiB: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  if (
    base64Bytes(salt, format).length < 8 ||
    base64Bytes(digest, format).length < 12 ||
    cost.memoryKiB < 8 * cost.parallelism
  )
    throw malformed(format)
  assertCost(
    format,
    [
      [cost.memoryKiB / 1024, 'memoryMiB'],
      [cost.passes, 'passes'],
      [cost.parallelism, 'parallelism'],
    ],
    limits,
  )
  const library = required(argon2, 'argon2', format)
  // Without a version it is the first one, which libraries need to be given.
  const versioned = version === undefined ? hash.replace(variant, `${variant}$v=16`) : hash
  return { format, argon2: cost, check: ({ text }) => library.verify(versioned, text) }
}
