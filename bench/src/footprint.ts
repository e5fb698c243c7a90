// Remembers so many credentials and says what each takes: `node --expose-gc footprint.js <kind> <count>`.
import { apiKeys, createApiKey, createDualAuth, legacyJwt, type ApiKeyStore, type Verifier } from '@dualauth/core'
import { requestWith, type RawRequest } from './our-auth.js'
import { AUDIENCE, createMint, createSigningKey, ISSUER } from './tokens.js'

/** A token is kept whole, a key as its SHA-256. */
export type FootprintKind = 'token' | 'key'

export interface Footprint {
  readonly bytesEach: number
}

interface Subject {
  readonly verifier: Verifier
  request(index: number): RawRequest | Promise<RawRequest>
}

const LENGTH = 974
/** An RS256 signature is this much longer; here it stands in the header, so that the claims are as large as there. */
const LONGER_SIGNATURE = 299
const PREFIX = 'sk_live_'
const PROBES = 100
const WARM_UP = 100
const AT_ONCE = 50

function tokens(): Subject {
  const key = createSigningKey('HS256')
  const mint = createMint(key, { length: LENGTH, header: { filler: 'x'.repeat((LONGER_SIGNATURE * 3) / 4) } })
  return {
    verifier: legacyJwt({
      name: 'legacy',
      algorithms: ['HS256'],
      secrets: [key.privateKey as Buffer],
      issuer: ISSUER,
      audience: AUDIENCE,
      purpose: 'only-access-tokens',
    }),
    request: (index) => requestWith('Authorization', `Bearer ${mint(index)}`),
  }
}

/** The store holds nothing: what it would hold is not ours to count. */
function keys(): Subject {
  const store: ApiKeyStore = {
    findByHash: (hash) => ({
      id: `key_${hash.slice(0, 20)}`,
      hash,
      owner: { kind: 'user', id: `user_${hash.slice(20, 30)}` },
      scopes: ['things:read'],
      revokedAt: null,
    }),
  }
  return {
    verifier: apiKeys({ name: 'keys', prefix: PREFIX, keys: store, rememberMs: 3_600_000 }),
    async request() {
      const { key } = await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: '1' }, scopes: [] })
      return requestWith('X-Api-Key', key)
    },
  }
}

async function measure(kind: FootprintKind, count: number): Promise<Footprint> {
  const { verifier, request } = kind === 'token' ? tokens() : keys()
  const auth = createDualAuth({
    verifiers: [verifier],
    // Twice as many, because the second half is for those who come again.
    remember: {
      maxEntries: 2 * (count + WARM_UP) + 2,
      maxBytes: Number.MAX_SAFE_INTEGER,
      maxAgeMs: 86_400_000,
    },
  })
  const principalOf = async (one: RawRequest): Promise<object> => {
    const result = await auth.authenticate(one)
    if (!result.ok) throw result.error
    return result.principal
  }
  for (let index = 0; index < WARM_UP; index++) await principalOf(await request(count + index))
  const before = heapBytes()
  const probes: [RawRequest, WeakRef<object>][] = []
  for (let index = 0; index < count; index += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, count - index) }, (_, offset) => index + offset)
    const found = await Promise.all(
      indices.map(async (one) => {
        const asked = await request(one)
        return [asked, new WeakRef(await principalOf(asked))] as const
      }),
    )
    if (probes.length < PROBES) probes.push([...found[0]!])
  }
  const bytesEach = (heapBytes() - before) / count
  // What is remembered is shared, not made again.
  for (const [one, principal] of probes)
    if ((await principalOf(one)) !== principal.deref()) throw new Error('a credential was not remembered')
  return { bytesEach }
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const [, , kind, count] = process.argv
process.send?.(await measure(kind as FootprintKind, Number(count)))
