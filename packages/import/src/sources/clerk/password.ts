/** Clerk's names of formats that a hash itself shows. */
const SHOWN: readonly string[] = [
  'bcrypt',
  'argon2i',
  'argon2id',
  'bcrypt_sha256_django',
  'pbkdf2_sha256_django',
  'phpass',
  'ldap_ssha',
]

/**
 * A hash as Clerk exports it, and its format; null if the hash shows it. Clerk's `pbkdf2_sha256` looks like Django's
 * but has its salt in base64: it is rewritten in the PHC form. The others are named `clerk-…`, so that no target
 * mistakes them for something else.
 *
 * @see https://clerk.com/docs/reference/backend-api/tag/Users#operation/CreateUser `password_hasher`
 */
export function passwordOf(
  digest: unknown,
  hasher: unknown,
): { readonly passwordHash: unknown; readonly passwordFormat: string | null } {
  if (typeof digest !== 'string' || typeof hasher !== 'string' || SHOWN.includes(hasher))
    return { passwordHash: digest, passwordFormat: null }
  const [, iterations, salt, key] =
    /^pbkdf2_sha256\$(\d+)\$([A-Za-z0-9+/]+)=*\$([A-Za-z0-9+/]+)=*$/.exec(hasher === 'pbkdf2_sha256' ? digest : '') ??
    []
  return iterations === undefined
    ? { passwordHash: digest, passwordFormat: `clerk-${hasher === '' ? 'unknown' : hasher}` }
    : { passwordHash: `$pbkdf2-sha256$i=${iterations}$${salt}$${key}`, passwordFormat: null }
}
