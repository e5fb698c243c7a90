import { createSecretKey, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { PrivateJwk, PublicKeyAlgorithm } from '../../src/crypto/port.js'
import { createJwtSigner } from '../../src/keys/sign-jwt.js'
import { pathOf, wrongOption } from '../support/outcome.js'
import { ecPair, edPair, pairFor, rsaPair } from '../support/tokens.js'

const rsa = rsaPair()
const ALGORITHMS = ['RS256', 'PS256', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const pairOf = (algorithm: string) => (/^[RP]S/.test(algorithm) ? rsa : pairFor(algorithm))

/** The layouts of RSA and of elliptic curves that were there before PKCS #8. */
function olderForms(key: KeyObject): readonly (string | Buffer)[] {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1'
  if (key.asymmetricKeyType === 'ed25519') return []
  return [key.export({ format: 'pem', type }), key.export({ format: 'der', type })]
}

describe.each<PublicKeyAlgorithm>([...ALGORITHMS])('%s', (algorithm) => {
  const { privateKey, jwk } = pairOf(algorithm)

  it('signs what jose verifies, with the key in each of its forms', async () => {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    const der = privateKey.export({ format: 'der', type: 'pkcs8' })
    const own = { ...privateKey.export({ format: 'jwk' }), use: 'sig', key_ops: ['sign'], alg: algorithm } as PrivateJwk
    const escaped = `"${pem.replaceAll('\n', '\\n')}"`
    const older = olderForms(privateKey)
    for (const key of [pem, der, own, JSON.stringify(own), escaped, btoa(pem), privateKey, ...older]) {
      const token = await createJwtSigner(key, algorithm, 'k1', 'key').sign({ iss: 'a', sub: 'b' })
      const { payload } = await jwtVerify(token, await importJWK(jwk, algorithm), { algorithms: [algorithm] })
      expect(payload).toEqual({ iss: 'a', sub: 'b' })
      expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, typ: 'JWT', kid: 'k1' })
    }
  })

  it('refuses a key that does not fit', async () => {
    const other = algorithm === 'EdDSA' ? ecPair() : edPair()
    const key = other.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    // At construction where the platform can tell, else by ready().
    const refused = Promise.resolve().then(() => createJwtSigner(key, algorithm, null, 'key').ready())
    expect(await refused.then(() => 'nothing was refused', pathOf)).toBe('key')
  })
})

it('what is no private key is refused at once', async () => {
  const publicKey = await crypto.subtle.importKey('jwk', ecPair().jwk, { name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'verify',
  ])
  const encrypted = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' } as const
  const secret = createSecretKey(Buffer.alloc(32))
  const wrong = [
    '',
    rsa.pem,
    Buffer.from(rsa.pem),
    rsa.publicKey.export({ format: 'der', type: 'pkcs1' }),
    rsa.privateKey.export(encrypted),
    rsa.jwk,
    { ...rsaPair(1024).privateKey.export({ format: 'jwk' }) },
    rsa.publicKey,
    secret,
    publicKey,
    'ssh-rsa AAAA',
  ]
  for (const key of wrong) expect(wrongOption(() => createJwtSigner(key as string, 'RS256', null, 'key'))).toBe('key')
})

it('a WebCrypto key signs without being extractable, and one of another algorithm is refused at once', async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ])
  expect(wrongOption(() => createJwtSigner(privateKey, 'RS256', null, 'key'))).toBe('key')
  await createJwtSigner(privateKey, 'ES256', null, 'key').ready()
})

it('an RSA key without its primes is refused by ready()', async () => {
  const { kty, n, e, d } = rsa.privateKey.export({ format: 'jwk' })
  const signer = createJwtSigner({ kty, n, e, d } as PrivateJwk, 'RS256', null, 'key')
  expect(await signer.ready().then(() => 'none', pathOf)).toBe('key')
})
