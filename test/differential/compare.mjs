// Makes credentials of every kind, has both ports judge the same mutations of them, and compares.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createSigningKey, seal, signJwt } from '@dualauth/testing'

const JUDGE = fileURLToPath(new URL('./judge.mjs', import.meta.url))
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** Of different lengths, so that every remainder of base64url occurs. */
const INDEXES = Array.from({ length: 8 }, (_, index) => index)

function claimsOf(index) {
  const now = Math.floor(Date.now() / 1000)
  return { sub: `user_${index}`, iat: now - 60, exp: now + 86_400, pad: 'x'.repeat(index) }
}

function signedKind(algorithm) {
  const { privateKey: key, publicJwk: jwk } = createSigningKey(algorithm)
  return {
    name: algorithm,
    algorithm,
    jwk,
    credentials: INDEXES.map((i) => signJwt({ algorithm, key, claims: claimsOf(i) })),
  }
}

function secretKind() {
  const [algorithm, secret] = ['HS256', randomBytes(48).toString('base64url')]
  const credentials = INDEXES.map((i) => signJwt({ algorithm, key: secret, claims: claimsOf(i) }))
  return { name: algorithm, algorithm, secret, credentials }
}

function sealKind() {
  const { privateKey: key, publicJwk: jwk } = createSigningKey('RS256', 'one')
  const [clientId, password] = ['client_01DIFFERENTIAL', randomBytes(32).toString('base64url')]
  const header = { alg: 'RS256', kid: 'one', typ: 'JWT' }
  const credentials = INDEXES.map((i) => {
    const claims = { ...claimsOf(i), iss: 'https://api.workos.com', sid: `session_${i}`, client_id: clientId }
    const accessToken = signJwt({ algorithm: 'RS256', key, header, claims })
    return seal({ accessToken, refreshToken: `refresh-${i}`, user: { id: claims.sub } }, { password })
  })
  return { name: 'sealed session', clientId, jwk, password, cookie: 'wos-session', credentials }
}

/** What one port makes of all of them, a line per kind. */
async function judged(conditions, input) {
  const child = spawn(process.execPath, [...conditions, JUDGE], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(input))
  const lines = (await child.stdout.setEncoding('utf8').toArray()).join('').trim().split('\n')
  if (lines.length !== input.kinds.length) throw new Error('a port did not judge every kind')
  return lines.map((line) => JSON.parse(line))
}

/**
 * @param {number} count Mutations of each kind.
 * @param {number} seed The same seed gives the same mutations of other credentials.
 * @returns for each kind, whether both ports gave the same verdicts in the same order, and which.
 */
export async function compare(count, seed = 1) {
  const kinds = [...ALGORITHMS.map(signedKind), secretKind(), sealKind()]
  const input = { kinds, seed, count }
  const [node, web] = await Promise.all([judged([], input), judged(['--conditions', 'workerd'], input)])
  return node.map(({ kind, hash, verdicts }, i) => {
    return { kind, isEqual: hash === web[i].hash, verdicts, ofWebCrypto: web[i].verdicts }
  })
}
