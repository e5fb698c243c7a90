// Remembers so many tokens and says what each takes: `node --expose-gc footprint.js '{"carrier","count"}'`.
import { createDualAuth, legacyJwt } from '@dualauth/core'
import { mustAccept, requestWith } from './our-auth.js'
import { AUDIENCE, createMint, createSigningKey, ISSUER, type Mint } from './tokens.js'

export interface FootprintCase {
  /** A bearer is indexed by its tail and kept whole, a cookie by its SHA-256. */
  readonly carrier: 'bearer' | 'cookie'
  readonly count: number
}

export interface Footprint {
  readonly bytesEach: number
}

const LENGTH = 974
/** An RS256 signature is this much longer; here it stands in the header, so that the claims are as large as there. */
const LONGER_SIGNATURE = 299
const PROBES = 1_000
const WARM_UP = 100

async function measure({ carrier, count }: FootprintCase): Promise<Footprint> {
  const key = createSigningKey('HS256')
  let links = 0
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [key.privateKey as Buffer],
        issuer: ISSUER,
        audience: AUDIENCE,
        purpose: 'only-access-tokens',
        carriers: [carrier === 'bearer' ? 'bearer' : { cookie: 'session' }],
      }),
    ],
    link({ subject }) {
      links++
      return { id: subject }
    },
    // Twice as many, because the second half is for those who come again.
    remember: {
      maxEntries: 2 * (count + WARM_UP) + 2,
      maxBytes: Number.MAX_SAFE_INTEGER,
      maxAgeMs: 86_400_000,
      linkMaxAgeMs: 86_400_000,
    },
  })
  const mint = createMint(key, { length: LENGTH, header: { filler: 'x'.repeat((LONGER_SIGNATURE * 3) / 4) } })
  const request = (token: string) =>
    carrier === 'bearer'
      ? requestWith('Authorization', `Bearer ${token}`)
      : requestWith('Cookie', `theme=dark; session=${token}`)
  for (let index = 0; index < WARM_UP; index++) await mustAccept(auth, request(mint(count + index)))
  const before = heapBytes()
  const probes = await rememberAll(count, mint, (token) => mustAccept(auth, request(token)))
  const bytesEach = (heapBytes() - before) / count
  const linksBefore = links
  for (const token of probes) await mustAccept(auth, request(token))
  if (links !== linksBefore) throw new Error(`${links - linksBefore} of ${probes.length} were not remembered`)
  return { bytesEach }
}

/** @returns Some of the tokens. */
async function rememberAll(count: number, mint: Mint, accept: (token: string) => Promise<void>): Promise<string[]> {
  const probes: string[] = []
  for (let index = 0; index < count; index++) {
    const token = mint(index)
    await accept(token)
    if (index % Math.ceil(count / PROBES) === 0) probes.push(token)
  }
  return probes
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

process.send?.(await measure(JSON.parse(process.argv[2] as string) as FootprintCase))
