/** By how they begin, or by their whole form. */
const FORMS: readonly (readonly [format: string, form: RegExp])[] = [
  ['bcrypt', /^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/],
  ['argon2id', /^\$argon2id\$/],
  ['argon2i', /^\$argon2i\$/],
  ['argon2d', /^\$argon2d\$/],
  ['pbkdf2', /^\$pbkdf2(?:-\w+)?\$/],
  ['scrypt', /^\$scrypt\$/],
  // Better Auth's own: salt and key in hexadecimal.
  ['better-auth', /^[\da-f]{32}:[\da-f]{128}$/i],
  ['phpass', /^\$[PH]\$/],
  ['sha512-crypt', /^\$6\$/],
  ['sha256-crypt', /^\$5\$/],
  ['django', /^(?:pbkdf2_sha256|pbkdf2_sha1|argon2|bcrypt_sha256|scrypt)\$/],
  ['ssha', /^\{SSHA(?:256|512)?\}/],
]

/** Which format a password's hash has: `bcrypt`, `argon2id`, `pbkdf2`, `scrypt`, `better-auth` …; null where none is known. */
export function passwordFormatOf(hash: string): string | null {
  return FORMS.find(([, form]) => form.test(hash))?.[0] ?? null
}
