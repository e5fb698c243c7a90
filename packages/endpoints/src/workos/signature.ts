import { AuthError } from '@dualauth/core'

/** What a header says, before anything of it is believed. */
interface Signature {
  /** As it is written, which is what was signed. */
  readonly timestamp: string
  readonly digests: readonly Uint8Array<ArrayBuffer>[]
}

const MAX_HEADER = 1024
const MAX_DIGESTS = 8
const TIMESTAMP = /^[1-9]\d{0,15}$/
const DIGEST = /^[\da-f]{64}$/
/** Schemes that may come after `v1`. */
const VERSION = /^v\d{1,3}$/

/** Judges deliveries that were signed with one of several secrets. */
export interface SignatureCheck {
  /**
   * @param header `WorkOS-Signature`, untrusted.
   * @param body The bytes as they arrived.
   * @param now Milliseconds since the epoch.
   * @throws {AuthError} `signature_invalid`, with the reason `missing`, `malformed`, `mismatch` or `out_of_time`.
   */
  (header: string | null, body: Uint8Array, now: number): Promise<void>
}

/**
 * `t=<milliseconds>, v1=<hex HMAC-SHA256 of "t.body">`, in either order and with several `v1`. The time counts only of what is
 * genuine, and as little ahead as behind: a delivery that is dated ahead could be replayed until its date has passed.
 */
export function createSignatureCheck(
  secrets: readonly string[],
  toleranceMs: number,
  name = 'WorkOS-Signature',
): SignatureCheck {
  // Made at the first delivery: Workers allow none at module scope.
  let keys: Promise<readonly CryptoKey[]> | null = null
  return async (header, body, now) => {
    const { timestamp, digests } = readSignature(header, name)
    keys ??= Promise.all(secrets.map(keyOf))
    const signed = concat(new TextEncoder().encode(`${timestamp}.`), body)
    if (!(await isSigned(await keys, digests, signed))) throw refusal('mismatch', 'no secret made this signature')
    if (Math.abs(now - Number(timestamp)) > toleranceMs)
      throw refusal('out_of_time', 'it was signed too long ago, or ahead of time')
  }
}

/** `verify` compares in constant time. Each secret is tried, so that the time does not say which one fits. */
async function isSigned(
  keys: readonly CryptoKey[],
  digests: readonly Uint8Array<ArrayBuffer>[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const tried = keys.flatMap((key) => digests.map((digest) => crypto.subtle.verify('HMAC', key, digest, signed)))
  return (await Promise.all(tried)).includes(true)
}

function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret)
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

/** A field that was sent twice is joined by a comma, and has two times then. */
function readSignature(header: string | null, field: string): Signature {
  if (header === null) throw refusal('missing', `the header ${field} is missing`)
  if (header.length > MAX_HEADER) throw malformed(field)
  const times: string[] = []
  const digests: Uint8Array<ArrayBuffer>[] = []
  for (const part of header.split(',')) {
    const [, name = '', value = ''] = /^[ \t]*([a-z]\w*)=(\w+)[ \t]*$/.exec(part) ?? []
    if (name === 't' && TIMESTAMP.test(value)) times.push(value)
    else if (name === 'v1' && DIGEST.test(value)) digests.push(bytesOf(value))
    else if (name === 'v1' || !VERSION.test(name)) throw malformed(field)
  }
  const [timestamp] = times
  if (timestamp === undefined || times.length > 1 || digests.length === 0 || digests.length > MAX_DIGESTS)
    throw malformed(field)
  return { timestamp, digests }
}

function malformed(field: string): AuthError {
  return refusal('malformed', `the header ${field} must be t=<milliseconds>, v1=<hex>`)
}

function refusal(reason: string, detail: string): AuthError {
  return new AuthError('signature_invalid', { reason, detail })
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  )
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
