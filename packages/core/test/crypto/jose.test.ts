import * as crypto from '#crypto'
import { compactVerify, CompactSign, exportJWK, generateKeyPair, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import type { PublicJwk } from '../../src/crypto/port.js'
import { PUBLIC_KEY_ALGORITHMS } from '../../src/verify/jwt/algorithms.js'
import { verifyCompact } from '../support/compact.js'
import { segment } from '../support/tokens.js'

// jose is the reference: what it signs we verify, and what we refuse it refuses.
describe.each(PUBLIC_KEY_ALGORITHMS)('%s agrees with jose', (alg) => {
  it('on genuine tokens and on every altered segment', async () => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const jwk = (await exportJWK(publicKey)) as PublicJwk
    const token = await new CompactSign(new TextEncoder().encode('{"sub":"u1"}'))
      .setProtectedHeader({ alg })
      .sign(privateKey)
    const [header, claims, signature] = token.split('.') as [string, string, string]
    const swap = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
    const key = await crypto.importJwk(jwk, alg)
    const reference = await importJWK(jwk as never, alg)
    for (const candidate of [
      token,
      `${segment({ alg, typ: 'JWT' })}.${claims}.${signature}`,
      `${header}.${swap(claims)}.${signature}`,
      `${header}.${claims}.${swap(signature)}`,
      `${header}.${claims}.AAAA`,
    ]) {
      const theirs = await compactVerify(candidate, reference, { algorithms: [alg] }).then(
        () => true,
        () => false,
      )
      expect(await verifyCompact(crypto, candidate, alg, key)).toBe(theirs)
      expect(theirs).toBe(candidate === token)
    }
  })
})
