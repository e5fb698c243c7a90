import { plainError } from '../../errors/plain-error.js'
import * as crypto from '#crypto'
import { decodeText } from '../../crypto/json.js'
import type { PublicKeyAlgorithm } from '../../crypto/port.js'
import { fetchJson } from '../../outbound/fetch-json.js'
import { readKeyMaterial } from '../import/key-material.js'
import { maxAgeOf, usableKeys, type LoadKeys } from './fetch-key-set.js'

const MAX_BYTES = 16_384

/**
 * Fetches one public key as PEM, within limits: no redirect, 16 KiB, `timeoutMs`. A 404 means that there is no such
 * key; every other answer, even a 403, proves nothing.
 *
 * @throws if the answer is neither; the cause is for events, never for callers.
 * @see RFC 7468 section 13
 */
export function loadPem(kid: string, algorithm: PublicKeyAlgorithm): LoadKeys {
  return async (url, timeoutMs, fetch, closed) => {
    const decode = (bytes: Uint8Array): unknown => decodeText(bytes)
    const limits = { timeoutMs, maxBytes: MAX_BYTES, fetch, closed, decode }
    const { status, body, headers, answered } = await fetchJson(url, { headers: { accept: '*/*' } }, limits)
    if (status === 404) return { keys: [], skipped: 0, maxAgeMs: null }
    if (status !== 200) throw plainError(`key: ${answered}`)
    const material = typeof body === 'string' ? readKeyMaterial(body) : null
    if (material?.kind !== 'der' || material.label !== 'PUBLIC KEY')
      throw plainError(`key: ${answered}, without a public key`)
    const jwk = await crypto.publicKeyToJwk(material.der, ['spki'], [algorithm])
    const { keys, skipped } = usableKeys([{ ...jwk, kid }])
    if (keys[0]?.fits(algorithm) !== true) throw new Error(`key: none that verifies ${algorithm}`)
    return { keys, skipped, maxAgeMs: maxAgeOf(headers) }
  }
}
