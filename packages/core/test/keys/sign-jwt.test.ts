import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { PublicKeyAlgorithm } from '../../src/crypto/port.js'
import { createJwtSigner, type PrivateJwk } from '../../src/keys/sign-jwt.js'
import { pathOf, wrongOption } from '../support/outcome.js'
import { ecPair, edPair, pairFor, rsaPair } from '../support/tokens.js'

const rsa = rsaPair()
const ALGORITHMS = ['RS256', 'PS256', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const pairOf = (algorithm: string) => (/^[RP]S/.test(algorithm) ? rsa : pairFor(algorithm))

describe.each<PublicKeyAlgorithm>([...ALGORITHMS])('%s', (algorithm) => {
  const { privateKey, jwk } = pairOf(algorithm)

  it('signs what jose verifies, with PEM and with a JSON Web Key', async () => {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    const own = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: algorithm } as PrivateJwk
    for (const key of [pem, own]) {
      const token = await createJwtSigner(key, algorithm, 'k1', 'key').sign({ iss: 'a', sub: 'b' })
      const { payload } = await jwtVerify(token, await importJWK(jwk, algorithm), { algorithms: [algorithm] })
      expect(payload).toEqual({ iss: 'a', sub: 'b' })
      expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, typ: 'JWT', kid: 'k1' })
    }
  })

  it('refuses a key that does not fit, by ready()', async () => {
    const other = algorithm === 'EdDSA' ? ecPair() : edPair()
    const key = other.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    expect(
      await createJwtSigner(key, algorithm, null, 'key')
        .ready()
        .then(() => 'nothing was refused', pathOf),
    ).toBe('key')
  })
})

it('what is no private key is refused at once', async () => {
  const publicKey = await crypto.subtle.importKey('jwk', ecPair().jwk, { name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'verify',
  ])
  const pkcs1 = rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }) as string
  for (const key of ['', rsa.pem, pkcs1, rsa.jwk, publicKey])
    expect(wrongOption(() => createJwtSigner(key as string, 'RS256', null, 'key'))).toBe('key')
})

it('a WebCrypto key of another algorithm is refused by ready()', async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  expect(
    await createJwtSigner(privateKey, 'RS256', null, 'key')
      .ready()
      .then(() => 'none', pathOf),
  ).toBe('key')
  await createJwtSigner(privateKey, 'ES256', null, 'key').ready()
})
