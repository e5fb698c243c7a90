// Makes credentials of every kind, has both ports and jose judge the same mutations of them, and compares.
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID, sign } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createAuthJsIssuer, createBetterAuthIssuer, createSigningKey, seal, signJwt } from '@dualauth/testing'

const at = (file) => fileURLToPath(new URL(file, import.meta.url))
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

/** As load balancers sign: segments keep their padding, and the signature covers it. */
function paddedKind() {
  const { privateKey, publicPem: pem, publicJwk: jwk } = createSigningKey('ES256')
  const kid = randomUUID()
  const signer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef'
  const padded = (bytes) => Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
  const credentials = INDEXES.map((i) => {
    const claims = claimsOf(i)
    const header = { alg: 'ES256', typ: 'JWT', kid, signer, iss: 'https://id.example.com', exp: claims.exp }
    const input = [header, claims].map((part) => padded(JSON.stringify(part))).join('.')
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${input}.${padded(signature)}`
  })
  return { name: 'padded ES256', algorithm: 'ES256', jwk, pem, signer, header: 'x-amzn-oidc-data', credentials }
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

/** The encrypted cookie cache of one session, beside its session cookie: each is another JWE of the same claims. */
function jweKind() {
  const issuer = createBetterAuthIssuer()
  const signedIn = issuer.session({ user: 'user_jwe' })
  const [cookie, credentials] = ['better-auth.session_data', []]
  for (const index of INDEXES) {
    const user = { ...signedIn.user, name: 'x'.repeat(index * 7) }
    const data = { encoding: 'jwe', maxAgeSeconds: 86_400, chunkSize: 8_000 }
    credentials.push(issuer.sessionDataCookie({ ...signedIn, user }, data).slice(cookie.length + 1))
  }
  const betterAuthSecret = issuer.secret
  return {
    name: 'encrypted cache',
    betterAuthSecret,
    cookie,
    beside: issuer.sessionCookie(signedIn.token),
    credentials,
  }
}

/** Encrypted sessions of Auth.js 5, A256CBC-HS512, and of NextAuth 4, A256GCM. */
function authJsKind(version) {
  const issuer = createAuthJsIssuer({ version })
  const credentials = INDEXES.map((i) => issuer.token(claimsOf(i)))
  const { cookie, secret: authJsSecret } = issuer
  return { name: `session of Auth.js ${version}`, authJsSecret, version, cookie, credentials }
}

/** What one judge makes of all of them, a line per kind. */
async function judged(conditions, file, input) {
  const child = spawn(process.execPath, [...conditions, at(file)], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(input))
  const lines = (await child.stdout.setEncoding('utf8').toArray()).join('').trim().split('\n')
  if (lines.length !== input.kinds.length) throw new Error(`${file} did not judge every kind`)
  return lines.map((line) => JSON.parse(line))
}

/**
 * @param {number} count Mutations of each kind.
 * @param {number} seed The same seed gives the same mutations of other credentials.
 * @returns for each kind, whether both ports gave the same verdicts in the same order, and which; how many
 * we accepted that jose refused (`beyondJose`, never any), and how many we refused that jose accepts, because
 * we read more strictly (`stricter`). Both are null where jose does not know the kind.
 */
export async function compare(count, seed = 1) {
  const kinds = [
    ...ALGORITHMS.map(signedKind),
    paddedKind(),
    secretKind(),
    jweKind(),
    authJsKind(5),
    authJsKind(4),
    sealKind(),
  ]
  const input = { kinds, seed, count }
  const [node, web, jose] = await Promise.all([
    judged([], './judge.mjs', input),
    judged(['--conditions', 'workerd'], './judge.mjs', input),
    judged([], './oracle.mjs', input),
  ])
  return node.map(({ kind, hash, verdicts, accepted }, i) => {
    const theirs = jose[i].accepted === null ? null : new Set(jose[i].accepted)
    const ours = new Set(accepted)
    return {
      kind,
      isEqual: hash === web[i].hash,
      verdicts,
      ofWebCrypto: web[i].verdicts,
      beyondJose: theirs === null ? null : accepted.filter((index) => !theirs.has(index)).length,
      stricter: theirs === null ? null : [...theirs].filter((index) => !ours.has(index)).length,
    }
  })
}
