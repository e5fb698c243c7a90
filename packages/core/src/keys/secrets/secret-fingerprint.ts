/** Shows whether two processes have the same secret without revealing it. */
export interface SecretFingerprint {
  readonly verifier: string
  /** Index in the option `secrets`; 0 is the newest. */
  readonly index: number
  readonly fingerprint: string
}

/** The maximum that Workers allow in one call. */
const ITERATIONS = 100_000
const CALLS = 6
const SHOWN_BYTES = 4

/**
 * Eight hex digits derived from a secret and the verifier's name: the same in every process and on every runtime. Two
 * different secrets collide once in four billion times.
 *
 * A secret may be guessable (`acceptWeakSecret`). So the fingerprint is slow (PBKDF2 with HMAC-SHA-256, 600,000 rounds)
 * and short: a dictionary attack pays for each entry as for a password, and yields candidates but no proof. It is still
 * for operators only: keep it out of logs and pages.
 *
 * @param secret In the form of the option.
 * @param verifier The name of the verifier, which is the salt.
 * @see RFC 8018 section 5.2
 */
export async function secretFingerprint(secret: string | Uint8Array, verifier: string): Promise<string> {
  const encoder = new TextEncoder()
  const { subtle } = globalThis.crypto
  const salt = encoder.encode(`dualauth secret fingerprint 1: ${verifier}`)
  let key = typeof secret === 'string' ? encoder.encode(secret) : Uint8Array.from(secret)
  for (let call = 0; call < CALLS; call++) {
    const imported = await subtle.importKey('raw', key, 'PBKDF2', false, ['deriveBits'])
    const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ITERATIONS }
    key = new Uint8Array(await subtle.deriveBits(parameters, imported, 256))
  }
  return Array.from(key.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
