import { createHmac, createPublicKey, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { createDualAuth, legacyJwt } from '@dualauth/core'
import { createVerifier } from 'fast-jwt'
import { importJWK, jwtVerify } from 'jose'
import { rotated } from './median.js'
import type { Row } from './report.js'
import { AUDIENCE, createSigningKey, ISSUER, mintToken, type Algorithm, type SigningKey } from './tokens.js'

/** Judges token number `index`; sound ones only, so a refusal is a bug and throws. */
type Check = (index: number) => unknown

type Name = 'bare' | 'ours' | 'fast-jwt' | 'jose'

const ALGORITHMS: readonly Algorithm[] = ['RS256', 'HS256', 'ES256']
const NAMES: readonly Name[] = ['bare', 'ours', 'fast-jwt', 'jose']
const TOKENS = 256
const AT_ONCE = 64

/** First sight of a token: every check is a full one. Blocks of all tokens, contenders in turns. */
export async function measureInProcess(blocks: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const algorithm of ALGORITHMS) {
    const key = createSigningKey(algorithm)
    const tokens = Array.from({ length: TOKENS }, (_, index) => mintToken(key, index))
    const checks = await createChecks(key, tokens)
    const size = `${algorithm}, ${tokens[0]?.length} bytes`
    rows.push(...rowsOf(`${size}, one by one`, await measure(checks, blocks, oneByOne)))
    rows.push(...rowsOf(`${size}, ${AT_ONCE} at once`, await measure(checks, blocks, atOnce)))
  }
  return rows
}

async function createChecks(key: SigningKey, tokens: readonly string[]): Promise<Record<Name, Check>> {
  const { algorithm } = key
  const token = (index: number): string => tokens[index] as string
  const expected = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE }

  const keys = key.jwk === null ? { secrets: [key.privateKey as Buffer] } : { keySet: { keys: [key.jwk] } }
  const auth = createDualAuth({
    // First sight: what is remembered is measured by itself.
    remember: false,
    verifiers: [legacyJwt({ name: 'legacy', ...expected, ...keys, purpose: 'only-access-tokens' })],
  })
  const requests = tokens.map((value) => ({
    method: 'GET',
    rawHeaders: ['Host', 'api.example.com', 'Connection', 'keep-alive', 'Authorization', `Bearer ${value}`],
  }))

  const fastKey = key.publicKey?.export({ type: 'spki', format: 'pem' }) ?? key.privateKey
  const fast = createVerifier({
    key: fastKey as Buffer,
    algorithms: [algorithm],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    cache: false,
  })
  const joseKey = key.jwk === null ? (key.privateKey as Buffer) : await importJWK(key.jwk, algorithm)

  return {
    bare: createBareCheck(key, tokens),
    ours: async (index) => {
      const result = await auth.authenticate(requests[index] as (typeof requests)[number])
      if (!result.ok) throw result.error
    },
    'fast-jwt': (index) => fast(token(index)),
    jose: (index) => jwtVerify(token(index), joseKey, expected),
  }
}

/** The raw primitive: signatures decoded ahead, ECDSA ones already in the encoding OpenSSL takes. */
function createBareCheck(key: SigningKey, tokens: readonly string[]): Check {
  const prepared = tokens.map((token) => {
    const dot = token.lastIndexOf('.')
    const input = Buffer.from(token.slice(0, dot))
    const signature =
      key.algorithm === 'ES256'
        ? sign('sha256', input, key.privateKey as KeyObject)
        : Buffer.from(token.slice(dot + 1), 'base64url')
    return { input, signature }
  })
  const at = (index: number) => prepared[index] as (typeof prepared)[number]
  const sound = (holds: boolean): void => {
    if (!holds) throw new Error('a sound token was refused')
  }
  if (key.publicKey === null) {
    return (index) => {
      const { input, signature } = at(index)
      sound(timingSafeEqual(createHmac('sha256', key.privateKey).update(input).digest(), signature))
    }
  }
  const publicKey = createPublicKey({ key: { ...key.jwk }, format: 'jwk' })
  return (index) => sound(verify('sha256', at(index).input, publicKey, at(index).signature))
}

async function oneByOne(check: Check): Promise<void> {
  for (let index = 0; index < TOKENS; index++) await check(index)
}

async function atOnce(check: Check): Promise<void> {
  for (let from = 0; from < TOKENS; from += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, offset) => check(from + offset)))
}

async function measure(
  checks: Readonly<Record<Name, Check>>,
  blocks: number,
  run: (check: Check) => Promise<void>,
): Promise<Record<Name, number[]>> {
  const micros: Record<Name, number[]> = { bare: [], ours: [], 'fast-jwt': [], jose: [] }
  const warmUp = Math.ceil(blocks / 4)
  for (let block = -warmUp; block < blocks; block++) {
    for (const name of rotated(NAMES, block + warmUp)) {
      const startedAt = performance.now()
      await run(checks[name])
      if (block >= 0) micros[name].push(((performance.now() - startedAt) * 1000) / TOKENS)
    }
  }
  return micros
}

function rowsOf(what: string, micros: Readonly<Record<Name, readonly number[]>>): Row[] {
  return (['fast-jwt', 'jose'] as const).map((peerName) => ({
    what,
    unit: 'µs',
    peerName,
    ours: micros.ours,
    peer: micros[peerName],
    bare: micros.bare,
  }))
}
