import { createPublicKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import * as crypto from '#crypto'
import { describe, expect, it } from 'vitest'
import { decodeBase64Url } from '../../src/crypto/base64url.js'
import * as node from '../../src/crypto/node.js'
import type { HmacAlgorithm, PublicJwk, PublicKeyAlgorithm, SignatureAlgorithm } from '../../src/crypto/port.js'
import { usableKeys } from '../../src/keys/key-set/fetch-key-set.js'
import { jwkProblem } from '../../src/keys/import/jwk.js'
import { createSecretList } from '../../src/keys/secrets/secret-list.js'
import { readJwt } from '../../src/route/jwt.js'
import { START } from '../support/clock.js'
import { verifyCompact } from '../support/compact.js'
import { segment } from '../support/tokens.js'

/** Project Wycheproof's vectors, where they lie beside the repository. */
const folder = new URL('../../../../../shared/vectors/', import.meta.url)

interface Test {
  readonly comment: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly jws: unknown
  readonly key: string
  readonly msg: string
  readonly sig: string
  readonly tag: string
}
type Given = PublicJwk & { readonly keys?: readonly PublicJwk[]; readonly k?: string }
interface Group {
  readonly comment?: string
  readonly public?: Given
  readonly private: Given
  readonly publicKeyJwk?: PublicJwk
  readonly publicKeyPem: string
  readonly tests: readonly Test[]
}

function groups(file: string): readonly Group[] {
  return (JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { testGroups: Group[] }).testGroups
}

/** Strict reading first, then keys as a verifier holds them: a secret alone, or a set that names no secret. */
async function accepts(jws: string, given: Given): Promise<boolean> {
  const [header, payload, signature] = jws.split('.') as [string, string, string]
  // The payloads of these vectors are no claims sets; everything else of the reader applies.
  const jwt = readJwt(jws.replace(`.${payload}.`, `.${segment('{}')}.`))
  if (jwt === null || !payload || decodeBase64Url(payload) === null) return false
  const algorithm = jwt.header.alg as SignatureAlgorithm
  const token = `${header}.${payload}.${signature}`
  if (given.kty === 'oct') {
    if (given.alg !== algorithm) return false
    try {
      const rules = { minimumBytes: Number(algorithm.slice(2)) / 8, acceptWeakSecret: undefined }
      const bytes = Buffer.from(given.k ?? '', 'base64url')
      // Some vectors are signed with zeros, which no verifier takes for a secret.
      const isZeros = bytes.length === 32 && bytes.every((byte) => byte === 0)
      const secret = isZeros ? bytes : createSecretList([bytes], rules, 'secrets', START).at(0)
      const key = await crypto.importSecret(secret, algorithm as HmacAlgorithm)
      return await verifyCompact(crypto, token, algorithm, key)
    } catch {
      return false
    }
  }
  const kid = jwt.header['kid']
  const { keys } = usableKeys(given.keys ?? [given])
  for (const key of keys.filter((one) => one.fits(algorithm as PublicKeyAlgorithm))) {
    if (key.kid !== null && kid !== undefined && key.kid !== kid) continue
    const handle = await Promise.resolve(key)
      .then((one) => one.handle(algorithm as PublicKeyAlgorithm))
      .catch(() => null)
    if (handle !== null && (await verifyCompact(crypto, token, algorithm, handle))) return true
  }
  return false
}

/** What is not taken at all, so that its valid vectors are refused: sets of secrets, and encrypted tokens. */
function notTaken(group: Group): string {
  if (group.comment?.startsWith('jwe') === true) return ' as JWE'
  return group.private.keys?.some(({ kty }) => kty === 'oct') === true ? ' in a set of secrets' : ''
}

/** Comments of the vectors that ended otherwise than their authors say. */
async function differences(file: string): Promise<{ accepted: Set<string>; refused: Set<string> }> {
  const [accepted, refused] = [new Set<string>(), new Set<string>()]
  for (const group of groups(file)) {
    const kind = notTaken(group)
    for (const { comment, jws, result } of group.tests) {
      const passes = typeof jws === 'string' && (await accepts(jws, group.public ?? group.private))
      if (passes && result === 'invalid') accepted.add(comment + kind)
      if (!passes && result === 'valid') refused.add(comment + kind)
    }
  }
  return { accepted, refused }
}

describe.runIf(existsSync(folder))('Wycheproof', () => {
  it('json_web_signature: accepts no forged one', async () => {
    expect(await differences('json_web_signature_test.json')).toEqual({
      // Both stand in the file without the padding that they are named for: genuine tokens.
      accepted: new Set(['invalidBase64Padding', 'invalidBase64PaddingInPayload']),
      // No claims set at all; a key whose own `alg` is another; characters that only lenient decoders skip.
      refused: new Set([
        'emptyPayload',
        'Figure20',
        'Figure27',
        'InvalidCharacterInsertedInHeader',
        'InvalidCharacterInsertedInPayload',
      ]),
    })
  })

  it.each([
    ['json_web_key_test.json', ['acceptsValid in a set of secrets', 'long_key in a set of secrets']],
    ['json_web_crypto_test.json', ['acceptsValid in a set of secrets', 'acceptsValid as JWE']],
  ])('%s: accepts no key that must not verify, but one whose primes were badly chosen', async (file, refused) => {
    expect(await differences(file)).toEqual({
      accepted: new Set(['rejectsKeyWithRocaVulnerability']),
      refused: new Set(refused),
    })
  })

  it('primitives/ed448: a curve that is not taken', () => {
    for (const { publicKeyJwk } of groups('primitives/ed448_test.json')) expect(jwkProblem(publicKeyJwk)).not.toBeNull()
  })
})

// Their messages are no compact JWS, and jose, on which the portable side verifies, takes nothing else.
describe.runIf(existsSync(folder) && crypto.verify === node.verify)('Wycheproof, on Node', () => {
  it.each([
    ['ecdsa_secp256r1_sha256_p1363_test.json', 'ES256'],
    ['ecdsa_secp384r1_sha384_p1363_test.json', 'ES384'],
    ['ecdsa_secp521r1_sha512_p1363_test.json', 'ES512'],
    ['ed25519_test.json', 'EdDSA'],
    ['rsa_pss_2048_sha256_mgf1_32_test.json', 'PS256'],
    ['rsa_signature_2048_sha256_test.json', 'RS256'],
    ['rsa_signature_2048_sha384_test.json', 'RS384'],
    ['rsa_signature_2048_sha512_test.json', 'RS512'],
  ] as const)('primitives/%s: no difference', async (file, algorithm) => {
    let judged = 0
    const wrong: string[] = []
    for (const { publicKeyJwk, publicKeyPem, tests } of groups(`primitives/${file}`)) {
      const jwk = publicKeyJwk ?? (createPublicKey(publicKeyPem).export({ format: 'jwk' }) as PublicJwk)
      const { kty, crv, n, e, x, y } = jwk
      if (jwkProblem({ kty, crv, n, e, x, y }) !== null) continue
      const key = await crypto.importJwk(JSON.parse(JSON.stringify({ kty, crv, n, e, x, y })) as PublicJwk, algorithm)
      for (const { msg, sig, result, comment } of tests) {
        const message = Buffer.from(msg, 'hex')
        // A compact JWS is text, so only messages that are text can stand in its place.
        if (result === 'acceptable' || !Buffer.from(message.toString()).equals(message)) continue
        const token = `${message.toString()}.${Buffer.from(sig, 'hex').toString('base64url')}`
        judged++
        if ((await verifyCompact(crypto, token, algorithm, key)) !== (result === 'valid')) wrong.push(comment)
      }
    }
    expect(wrong).toEqual([])
    expect(judged).toBeGreaterThan(50)
  })

  it.each(['HS256', 'HS384', 'HS512'] as const)('primitives/hmac for %s: whole tags only', async (algorithm) => {
    const size = Number(algorithm.slice(2)) / 8
    for (const { tests } of groups(`primitives/hmac_sha${algorithm.slice(2)}_test.json`))
      for (const { key, msg, tag, result } of tests) {
        const message = Buffer.from(msg, 'hex')
        if (!Buffer.from(message.toString()).equals(message)) continue
        const handle = await crypto.importSecret(new Uint8Array(Buffer.from(key, 'hex')), algorithm)
        const token = `${message.toString()}.${Buffer.from(tag, 'hex').toString('base64url')}`
        const genuine = result === 'valid' && tag.length === size * 2
        expect(await verifyCompact(crypto, token, algorithm, handle)).toBe(genuine)
      }
  })
})
