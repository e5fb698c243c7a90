/** What tells two processes whether they hold the same secret, without either showing it. */
export interface SecretFingerprint {
  readonly verifier: string
  /** Place in the option `secrets`; 0 is the newest. */
  readonly index: number
  readonly fingerprint: string
}

/** Workers allow no more in one call. */
const ITERATIONS = 100_000
const CALLS = 6
const SHOWN_BYTES = 4

/**
 * Eight hex digits of a secret: the same for the same secret under the same name of a verifier, in every process and on
 * every runtime. Two different secrets have the same one once in four billion times.
 *
 * A secret may be easy to guess (`acceptWeakSecret`). So it is slow (PBKDF2 with HMAC-SHA-256, 600,000 rounds) and short:
 * whoever tries a dictionary pays for each entry as for a password, and is left with candidates and no proof. It is for
 * operators nevertheless, and belongs in no log and on no page.
 *
 * @param secret As the option takes it.
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
