// Judges the same mutated credentials with jose alone. What it refuses, nobody may accept; it reads some
// spellings of a token that we do not. Seals are no JOSE, so that it has no verdict on them.
import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { importJWK, jwtDecrypt, jwtVerify } from 'jose'
import { asCarried, createRandom, mutated } from './mutate.mjs'

const { kinds, seed, count } = JSON.parse(readFileSync(0, 'utf8'))

for (const kind of kinds) {
  const verify = await verifierOf(kind)
  const random = createRandom(seed)
  const accepted = []
  for (let i = 0; i < count; i++) {
    const value = asCarried(mutated(kind.credentials, random), kind)
    if (verify !== null && (await isAccepted(() => verify(value)))) accepted.push(i)
  }
  console.log(JSON.stringify({ kind: kind.name, accepted: verify === null ? null : accepted }))
}

async function verifierOf({ jwk, secret, algorithm, password, betterAuthSecret, authJsSecret, version, cookie }) {
  if (password !== undefined) return null
  if (authJsSecret !== undefined) {
    const five = version === 5
    const [salt, info] = five
      ? [cookie, `Auth.js Generated Encryption Key (${cookie})`]
      : ['', 'NextAuth.js Generated Encryption Key']
    const key = new Uint8Array(hkdfSync('sha256', authJsSecret, salt, info, five ? 64 : 32))
    const enc = five ? 'A256CBC-HS512' : 'A256GCM'
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: [enc], clockTolerance: 15 }
    return (value) => jwtDecrypt(value, key, options)
  }
  if (betterAuthSecret !== undefined) {
    // As Better Auth derives it.
    const info = 'BetterAuth.js Generated Encryption Key'
    const key = new Uint8Array(hkdfSync('sha256', betterAuthSecret, 'better-auth-session', info, 64))
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256CBC-HS512'] }
    return (value) => jwtDecrypt(value, key, options)
  }
  const key = secret === undefined ? await importJWK(jwk, algorithm) : new TextEncoder().encode(secret)
  return (value) => jwtVerify(value, key, { algorithms: [algorithm] })
}

async function isAccepted(verify) {
  try {
    await verify()
    return true
  } catch {
    return false
  }
}
