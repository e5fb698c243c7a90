import type { PasswordHash } from '../../ports/rows.js'
import { passwordFormatOf } from '../../rows/password-format.js'

/** As the API takes it. */
export interface WorkosPassword {
  readonly password_hash: string
  readonly password_hash_type: string
}

type Form = (hash: string) => string | null

/** Also as Django and directories write it. */
const BCRYPT = /^(?:bcrypt\$|\{CRYPT\})?(\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53})$/i

/** Each turns a hash into what WorkOS takes; null if WorkOS does not take it. */
const FORMS: Readonly<Record<string, readonly [type: string, form: Form]>> = {
  bcrypt: ['bcrypt', (hash) => BCRYPT.exec(hash)?.[1] ?? null],
  argon2id: ['argon2', argon2],
  pbkdf2: ['pbkdf2', pbkdf2],
  scrypt: ['scrypt', scrypt],
  'better-auth': ['scrypt', betterAuth],
  ssha: ['ssha', (hash) => (/^\{SSHA\}[A-Za-z0-9+/]+=*$/.test(hash) ? hash : null)],
  'firebase-scrypt': ['firebase-scrypt', (hash) => (hash.startsWith('$firebase-scrypt$') ? hash : null)],
}

/** Null: WorkOS does not take this format, or not with these parameters. */
export function passwordOf({ hash, format }: PasswordHash): WorkosPassword | null {
  const [type, form] = FORMS[format ?? passwordFormatOf(hash) ?? ''] ?? ['', () => null]
  const written = form(hash)
  return written === null ? null : { password_hash: written, password_hash_type: type }
}

/**
 * Better Auth's own hash. Its salt is the hexadecimal text, not the bytes that it encodes. It is not documented whether
 * WorkOS accepts `r=16`, or normalizes passwords to NFKC as Better Auth does.
 */
function betterAuth(hash: string): string | null {
  const [, salt, key] = /^([\da-f]{32}):([\da-f]{128})$/i.exec(hash) ?? []
  if (salt === undefined || key === undefined) return null
  return `$scrypt$v=1$n=16384,r=16,p=1,kl=64$${base64(Buffer.from(salt, 'ascii'))}$${base64(Buffer.from(key, 'hex'))}`
}

/** Also with the cost as its logarithm (`ln=14`). */
function scrypt(hash: string): string | null {
  if (/^\$scrypt\$v=1\$n=\d+,r=\d+,p=\d+,kl=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/.test(hash)) return hash
  const [, ln, r, p, salt, key] =
    /^\$scrypt\$ln=(\d\d?),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)=*\$([A-Za-z0-9+/]+)=*$/.exec(hash) ?? []
  if (ln === undefined || key === undefined || Number(ln) > 30) return null
  const length = Buffer.from(key, 'base64').length
  return `$scrypt$v=1$n=${2 ** Number(ln)},r=${r},p=${p},kl=${length}$${salt}$${key}`
}

/** As WorkOS writes it, or as `pbkdf2-sha256`, whose base64 may have `.` for `+`. */
function pbkdf2(hash: string): string | null {
  const own = /^\$pbkdf2\$i=(\d+),d=(sha256|sha512)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash)
  const other = /^\$pbkdf2-(sha256|sha512)\$(?:i=)?(\d+)(?:,l=\d+)?\$([A-Za-z0-9+/.]+)=*\$([A-Za-z0-9+/.]+)=*$/.exec(
    hash,
  )
  const [count, digest, salt, key] = own !== null ? own.slice(1) : [other?.[2], other?.[1], other?.[3], other?.[4]]
  const least = digest === 'sha256' ? 600_000 : 210_000
  if (count === undefined || Number(count) < least || Number(count) > 1_000_000) return null
  return `$pbkdf2$i=${count},d=${digest}$${salt?.replaceAll('.', '+')}$${key?.replaceAll('.', '+')}`
}

function argon2(hash: string): string | null {
  const [, m, t, p] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/.exec(hash)?.map(Number) ?? []
  if (m === undefined || t === undefined || p === undefined) return null
  return m >= 4096 && m <= 262_144 && t >= 1 && t <= 5 && p >= 1 && p <= 8 ? hash : null
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
