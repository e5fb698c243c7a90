/** By their beginning, or by their whole form. A framework's prefix before a hash is skipped. */
const FORMS: readonly (readonly [format: string, form: RegExp])[] = [
  ['bcrypt', /^(?:bcrypt\$)?\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/],
  ['django-bcrypt-sha256', /^bcrypt_sha256\$/],
  ['wordpress-bcrypt', /^\$wp\$2[abxy]\$/],
  ['argon2id', /^(?:argon2|\{ARGON2\})?\$argon2id\$/],
  ['argon2i', /^(?:argon2|\{ARGON2\})?\$argon2i\$/],
  ['argon2d', /^(?:argon2|\{ARGON2\})?\$argon2d\$/],
  ['pbkdf2', /^(?:\$pbkdf2(?:-\w+)?\$|pbkdf2_\w+\$)/],
  ['scrypt', /^(?:\$scrypt\$|scrypt\$\d)/],
  // Better Auth's own: salt and key in hexadecimal.
  ['better-auth', /^[\da-f]{32}:[\da-f]{128}$/i],
  ['firebase-scrypt', /^\$(?:fbscrypt|firebase-scrypt)\$/],
  ['phpass', /^\$[PH]\$/],
  ['sha512-crypt', /^\$6\$/],
  ['sha256-crypt', /^\$5\$/],
  ['ssha', /^\{SSHA(?:256|384|512)?\}/i],
  ['sha', /^\{SHA(?:256|384|512)?\}/i],
  ['disabled', /^!/],
  // By the first byte of its base64.
  ['aspnet-v2', /^A[A-P][A-Za-z0-9+/]{64}==$/],
  ['aspnet-v3', /^A[Q-Za-f][A-Za-z0-9+/]{58,}=*$/],
]

/** Every name that `passwordFormatOf` returns. */
export const PASSWORD_FORMATS: readonly string[] = Object.freeze(FORMS.map(([format]) => format))

/**
 * The format of a password's hash, by its name in `@dualauth/passwords` if that package knows it: `bcrypt`, `argon2id`,
 * `pbkdf2`, `better-auth` …; null if unknown.
 */
export function passwordFormatOf(hash: string): string | null {
  const written = hash.replace(/^\{CRYPT\}/i, '')
  return FORMS.find(([, form]) => form.test(written))?.[0] ?? null
}
