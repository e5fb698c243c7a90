import { describe, expect, it } from 'vitest'
import { createDualAuth, keySetAt, legacyJwt } from '../../../src/index.js'
import type { SignatureAlgorithm } from '../../../src/index.js'
import { judged, legacyAuth, legacyOptions } from '../../support/legacy.js'
import { outcome, pathOf, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { startKeySetServer } from '../../support/key-set-server.js'
import { ecPair, edPair, mint, OTHER_SECRET, pairFor, rsaPair, segment } from '../../support/tokens.js'

const OK = '200 legacy-7 by legacy'
const INVALID = '401 credential_invalid'
const UNSUPPORTED = '401 credential_unsupported'
const PUBLIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const rsa = rsaPair()
const stranger = rsaPair()
const pairs = new Map(PUBLIC.map((name) => [name, /^[RP]S/.test(name) ? rsa : pairFor(name)]))
const pairOf = (name: (typeof PUBLIC)[number]) => pairs.get(name) as ReturnType<typeof rsaPair>

const WEBCRYPTO: Record<string, object> = {
  RS: { name: 'RSASSA-PKCS1-v1_5' },
  PS: { name: 'RSA-PSS' },
  ES: { name: 'ECDSA' },
  Ed: { name: 'Ed25519' },
}

describe('HMAC', () => {
  it.each(['HS256', 'HS384', 'HS512'] as const)('%s accepts what its secret signed', async (algorithm) => {
    const key = OTHER_SECRET + OTHER_SECRET
    expect(await judged({}, { algorithms: [algorithm], secrets: [key] }, { algorithm, key })).toBe(OK)
    expect(await judged({}, { algorithms: [algorithm], secrets: [key] }, { algorithm, key: `${key}x` })).toBe(INVALID)
  })

  it('of another size is not owned', async () => {
    expect(await judged({}, {}, { algorithm: 'HS512' })).toBe(UNSUPPORTED)
  })
})

describe.each(PUBLIC)('%s', (algorithm) => {
  const { pem, jwk, privateKey, publicKey } = pairOf(algorithm)
  const signed = { algorithm, key: privateKey }
  const algorithms: SignatureAlgorithm[] = [algorithm]

  it('accepts what its key signed: PEM, JSON Web Key, key set', async () => {
    expect(await judged({}, { algorithms, keys: [pem] }, signed)).toBe(OK)
    expect(await judged({}, { algorithms, keys: [jwk] }, signed)).toBe(OK)
    expect(await judged({}, { algorithms, keySet: { keys: [{ ...jwk, alg: algorithm, use: 'sig' }] } }, signed)).toBe(
      OK,
    )
  })

  it('accepts what a WebCrypto key verifies', async () => {
    const parameters = {
      ...WEBCRYPTO[algorithm.slice(0, 2)],
      hash: `SHA-${algorithm.slice(2)}`,
      namedCurve: jwk['crv'],
    } as unknown as RsaHashedImportParams
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    const key = await crypto.subtle.importKey('spki', spki, parameters, true, ['verify'])
    expect(await judged({}, { algorithms, keys: [key] }, signed)).toBe(OK)
  })

  it('accepts what a fetched key verifies', async () => {
    const server = await startKeySetServer([{ ...jwk, kid: 'a' }])
    const header = { alg: algorithm, kid: 'a' }
    expect(await judged({}, { algorithms, keySet: keySetAt(server.url) }, { ...signed, header })).toBe(OK)
    await server.close()
  })

  it('rejects what another key signed, and a signature of another length', async () => {
    const other = /^[RP]S/.test(algorithm) ? stranger : pairFor(algorithm)
    expect(await judged({}, { algorithms, keys: [pem] }, { algorithm, key: other.privateKey })).toBe(INVALID)
    const token = mint({ algorithm, key: privateKey })
    const cut = token.slice(0, token.lastIndexOf('.') + 1)
    const auth = legacyAuth({ algorithms, keys: [pem] })
    expect(await outcome(auth, bearer(token))).toBe(OK)
    for (const bytes of [1, 63, 64, 65, 96, 132, 256, 257])
      expect(await outcome(auth, bearer(cut + Buffer.alloc(bytes).toString('base64url')))).toBe(INVALID)
  })
})

describe('pinned algorithms', () => {
  it('do not accept the same key under another name', async () => {
    for (const algorithm of ['RS384', 'RS512', 'PS256'])
      expect(await judged({}, { algorithms: ['RS256'], keys: [rsa.pem] }, { algorithm, key: rsa.privateKey })).toBe(
        UNSUPPORTED,
      )
  })

  it("must equal the key's own alg", async () => {
    const keys = [{ ...rsa.jwk, alg: 'RS512' }]
    const algorithms: SignatureAlgorithm[] = ['RS256', 'RS512']
    expect(await judged({}, { algorithms, keys }, { algorithm: 'RS256', key: rsa.privateKey })).toBe(INVALID)
    expect(await judged({}, { algorithms, keys }, { algorithm: 'RS512', key: rsa.privateKey })).toBe(OK)
  })

  it('never take a public key for an HMAC secret', async () => {
    const der = rsa.publicKey.export({ format: 'der', type: 'spki' })
    for (const key of [rsa.pem, rsa.pem.trim(), der, JSON.stringify(rsa.jwk), rsa.jwk['n'] as string])
      for (const algorithm of ['HS256', 'HS512'])
        expect(await judged({}, { algorithms: ['RS256'], keys: [rsa.pem] }, { algorithm, key })).toBe(UNSUPPORTED)
  })

  it('never look at keys that a token brings along', async () => {
    const server = await startKeySetServer([rsa.jwk])
    const brought = [
      { jwk: stranger.jwk },
      { jku: server.url },
      { x5u: server.url },
      { x5c: [stranger.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] },
    ]
    for (const header of brought) {
      const signed = { algorithm: 'RS256', key: stranger.privateKey, header: { alg: 'RS256', ...header } }
      expect(await judged({}, { algorithms: ['RS256'], keys: [rsa.pem] }, signed)).toBe(INVALID)
    }
    expect(server.fetches).toBe(0)
    await server.close()
  })

  it('refuse none in every spelling, and a JWE', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const header = { alg }
      expect(await judged({}, {}, { header })).toBe(UNSUPPORTED)
    }
    const five = [segment({ alg: 'dir', enc: 'A256GCM' }), '', 'AAAA', 'AAAA', 'AAAA'].join('.')
    expect(await outcome(legacyAuth(), bearer(five))).toBe(UNSUPPORTED)
  })
})

describe('several keys', () => {
  const [ec, ed] = [ecPair(), edPair()]
  const algorithms: SignatureAlgorithm[] = ['RS256', 'ES256', 'EdDSA']

  it.each([
    ['PEM', [rsa.pem, ec.pem, ed.pem]],
    ['JSON Web Keys', [rsa.jwk, ec.jwk, ed.jwk]],
  ])('of several algorithms serve one verifier: %s', async (_, keys) => {
    for (const [algorithm, pair] of [
      ['RS256', rsa],
      ['ES256', ec],
      ['EdDSA', ed],
    ] as const)
      expect(await judged({}, { algorithms, keys }, { algorithm, key: pair.privateKey })).toBe(OK)
  })

  it('are told by kid where both name one, else each is tried', async () => {
    const keys = [
      { ...stranger.jwk, kid: 'a' },
      { ...rsa.jwk, kid: 'b' },
    ]
    const signed = (kid?: string) => ({ algorithm: 'RS256', key: rsa.privateKey, header: { alg: 'RS256', kid } })
    expect(await judged({}, { algorithms: ['RS256'], keys }, signed('b'))).toBe(OK)
    expect(await judged({}, { algorithms: ['RS256'], keys }, signed())).toBe(OK)
    expect(await judged({}, { algorithms: ['RS256'], keys }, signed('a'))).toBe(INVALID)
    expect(await judged({}, { algorithms: ['RS256'], keys }, signed('c'))).toBe(INVALID)
  })
})

describe('a key off its curve', () => {
  const jwk = { ...ecPair().jwk, y: ecPair().jwk['y'] as string }

  it('is refused at construction, or by ready() where the platform is asynchronous', async () => {
    let path: string
    try {
      path = wrongOption(() => legacyJwt(legacyOptions({ algorithms: ['ES256'], keys: [jwk] })))
    } catch {
      const auth = createDualAuth({ verifiers: [legacyJwt(legacyOptions({ algorithms: ['ES256'], keys: [jwk] }))] })
      path = await auth.ready().then(() => 'nothing was refused', pathOf)
    }
    expect(path).toBe('legacyJwt(legacy).keys[0]')
  })

  it('in a fetched set does not spoil the others', async () => {
    const good = ecPair()
    const server = await startKeySetServer([
      { ...jwk, kid: 'bad' },
      { ...good.jwk, kid: 'good' },
    ])
    const signed = (kid?: string) => ({ algorithm: 'ES256', key: good.privateKey, header: { alg: 'ES256', kid } })
    expect(await judged({}, { algorithms: ['ES256'], keySet: keySetAt(server.url) }, signed())).toBe(OK)
    expect(await judged({}, { algorithms: ['ES256'], keySet: keySetAt(server.url) }, signed('good'))).toBe(OK)
    expect(await judged({}, { algorithms: ['ES256'], keySet: keySetAt(server.url) }, signed('bad'))).toBe(INVALID)
    await server.close()
  })
})
