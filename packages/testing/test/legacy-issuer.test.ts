import { createLocalJWKSet, decodeProtectedHeader, importSPKI, jwtVerify } from 'jose'
import { createDualAuth, legacyJwt } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { createClock, createLegacyIssuer, createSigningKey, signJwt, type KeyPairAlgorithm } from '../src/index.js'

const KEY_PAIRS: KeyPairAlgorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a home-grown issuer', () => {
  const clock = createClock(Date.UTC(2026, 0, 15))
  const issuer = createLegacyIssuer({ now: clock.now, claims: { type: 'access' } })
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [issuer.secret],
        purpose: { claim: 'type', value: 'access' },
        claims: { subject: 'userId' },
      }),
    ],
    now: clock.now,
  })
  const ask = async (token: string): Promise<string> => {
    const result = await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${token}` } })
    return result.ok ? result.principal.id : result.error.code
  }

  it('signs tokens that are good for fifteen minutes', async () => {
    const token = issuer.sign({ userId: 'u-1' })
    expect(await ask(token)).toBe('u-1')
    clock.advance(15 * 60_000 + 6_000)
    expect(await ask(token)).toBe('credential_expired')
    expect(await ask(issuer.sign({ userId: 'u-1' }))).toBe('u-1')
  })

  it('signs tokens that have expired, are not good yet, or say something else', async () => {
    expect(await ask(issuer.sign({ userId: 'u-1' }, { expiresInSeconds: -60 }))).toBe('credential_expired')
    expect(await ask(issuer.sign({ userId: 'u-1', exp: clock.now() / 1000 - 60 }))).toBe('credential_expired')
    expect(await ask(issuer.sign({ userId: 'u-1' }, { notBeforeSeconds: 60 }))).toBe('credential_invalid')
    expect(await ask(issuer.sign({ userId: 'u-1', exp: undefined }))).toBe('credential_invalid')
    expect(await ask(issuer.sign({ userId: 'u-1', type: 'refresh' }))).toBe('credential_invalid')
    expect(await ask(issuer.sign({ userId: 'u-1' }, { header: { alg: 'none' } }))).not.toBe('u-1')
  })

  it('keeps the secret that it is given, and makes another one each time otherwise', () => {
    expect(createLegacyIssuer({ secret: 's' }).secret).toBe('s')
    expect(createLegacyIssuer().secret).not.toBe(createLegacyIssuer().secret)
  })

  it.each(['HS256', 'HS384', 'HS512'] as const)('signs %s as jose reads it', async (algorithm) => {
    const { sign, secret } = createLegacyIssuer({ algorithm })
    const { payload, protectedHeader } = await jwtVerify(sign({ sub: 'a' }), utf8(secret), { algorithms: [algorithm] })
    expect(payload.sub).toBe('a')
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT' })
  })

  it.each(KEY_PAIRS)('signs %s as jose reads it', async (algorithm) => {
    const { sign, publicJwk, publicPem } = createLegacyIssuer({ algorithm })
    const token = sign({ sub: 'a' }, { header: { kid: publicJwk.kid } })
    const options = { algorithms: [algorithm] }
    expect((await jwtVerify(token, await importSPKI(publicPem, algorithm), options)).payload.sub).toBe('a')
    expect((await jwtVerify(token, createLocalJWKSet({ keys: [publicJwk as never] }), options)).payload.sub).toBe('a')
    expect(publicJwk).not.toHaveProperty('d')
  })
})

describe('signJwt', () => {
  it('signs what no issuer would', () => {
    const { publicPem } = createSigningKey('RS256')
    const confused = signJwt({ algorithm: 'HS256', key: publicPem, claims: '{"sub":"a","sub":"b"}' })
    expect(decodeProtectedHeader(confused)).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(Buffer.from(confused.split('.')[1]!, 'base64url').toString()).toBe('{"sub":"a","sub":"b"}')
  })
})
