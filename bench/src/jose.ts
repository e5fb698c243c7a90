// Why node:crypto verifies on Node and jose elsewhere (docs/decisions.md): one signature by each algorithm,
// and one JWE of `dir` and A256CBC-HS512. `node bench/dist/jose.js`, after the bench was built. Unlike the groups it
// measures a file of the sources: what users install does not export it.
import { hkdfSync, randomBytes } from 'node:crypto'
import { createBetterAuthIssuer, createSigningKey, signJwt } from '@dualauth/testing'
import { compactDecrypt, compactVerify, importJWK } from 'jose'
import { decodeBase64Url, decryptDirectJwe, verify } from '../../packages/core/src/crypto/node.js'
import { importJwk, importSecret } from '../../packages/core/src/crypto/node-keys.js'
import type { PublicKeyAlgorithm } from '../../packages/core/src/crypto/port.js'
import { median } from './median.js'
import { each, takeTurns, type Turn } from './turns.js'

const OPERATIONS = 100
const CLAIMS = { sub: 'user_1', iss: 'https://id.example.com', aud: 'api', iat: 1, exp: 9_999_999_999 }
const PUBLIC: readonly PublicKeyAlgorithm[] = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']

interface Pair {
  readonly ours: Turn
  readonly limit: Turn
}

/** A wrong answer ends the run: what refuses everything is fast. */
function proved(isAccepted: () => unknown): () => unknown {
  return () => {
    const accepted = isAccepted()
    if (accepted instanceof Promise) return accepted
    if (accepted !== true) throw new Error('does not accept a genuine one')
    return accepted
  }
}

function signatureOf(token: string): Uint8Array {
  return decodeBase64Url(token.slice(token.lastIndexOf('.') + 1)) as Uint8Array
}

async function ofKeyPair(algorithm: PublicKeyAlgorithm): Promise<Pair> {
  const { privateKey: key, publicJwk } = createSigningKey(algorithm)
  const [token, ours, theirs] = [
    signJwt({ algorithm, key, claims: CLAIMS }),
    importJwk(publicJwk, algorithm),
    await importJWK({ ...publicJwk } as Parameters<typeof importJWK>[0], algorithm),
  ]
  return {
    ours: each(
      OPERATIONS,
      proved(() => verify(token, signatureOf(token), algorithm, ours as object)),
    ),
    limit: each(OPERATIONS, () => compactVerify(token, theirs, { algorithms: [algorithm] })),
  }
}

async function ofSecret(): Promise<Pair> {
  const secret = randomBytes(48)
  const token = signJwt({ algorithm: 'HS256', key: secret, claims: CLAIMS })
  const [ours, algorithms] = [importSecret(secret, 'HS256') as object, ['HS256']]
  // Imported once, as the portable side does.
  const theirs = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  return {
    ours: each(
      OPERATIONS,
      proved(() => verify(token, signatureOf(token), 'HS256', ours)),
    ),
    limit: each(OPERATIONS, () => compactVerify(token, theirs, { algorithms })),
  }
}

/** As Better Auth seals its cookie cache. */
function ofJwe(): Pair {
  const issuer = createBetterAuthIssuer()
  const session = issuer.session({ user: 'user_1' })
  const cookie = issuer.sessionDataCookie(session, { encoding: 'jwe', maxAgeSeconds: 86_400 })
  const value = cookie.slice(cookie.indexOf('=') + 1)
  const info = 'BetterAuth.js Generated Encryption Key'
  const key = new Uint8Array(hkdfSync('sha256', issuer.secret, 'better-auth-session', info, 64))
  const open = (): boolean => {
    const [header = '', , ...rest] = value.split('.')
    const [iv, ciphertext, tag] = rest.map(decodeBase64Url) as [Uint8Array, Uint8Array, Uint8Array]
    return decryptDirectJwe({ value, enc: 'A256CBC-HS512', header, iv, ciphertext, tag }, key) !== null
  }
  const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256CBC-HS512'] }
  return {
    ours: each(OPERATIONS, proved(open)),
    limit: each(OPERATIONS, () => compactDecrypt(value, key, options)),
  }
}

const kinds: Readonly<Record<string, Pair>> = {
  HS256: await ofSecret(),
  ...Object.fromEntries(
    await Promise.all(PUBLIC.map(async (algorithm) => [algorithm, await ofKeyPair(algorithm)] as const)),
  ),
  'JWE, dir and A256CBC-HS512': ofJwe(),
}

for (const [what, turns] of Object.entries(kinds)) {
  const { ours, limit } = await takeTurns({ ...turns }, { rounds: 20, operations: OPERATIONS })
  const ratio = median(limit.map((micros, round) => micros / (ours[round] as number)))
  const micros = (samples: readonly number[]): string => median(samples).toFixed(1)
  console.log(
    `${what}: node:crypto ${micros(ours)} µs, jose ${micros(limit)} µs, jose takes ${ratio.toFixed(1)} times as long`,
  )
}
