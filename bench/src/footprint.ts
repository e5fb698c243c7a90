// Remembers so many tokens and says what each takes: `node --expose-gc footprint.js <count>`.
import { createDualAuth, legacyJwt } from '@dualauth/core'
import { mustAccept, requestWith } from './our-auth.js'
import { AUDIENCE, createMint, createSigningKey, ISSUER, type Mint } from './tokens.js'

export interface Footprint {
  readonly bytesEach: number
}

const LENGTH = 974
/** An RS256 signature is this much longer; here it stands in the header, so that the claims are as large as there. */
const LONGER_SIGNATURE = 299
const PROBES = 1_000
const WARM_UP = 100
const AT_ONCE = 50

async function measure(count: number): Promise<Footprint> {
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
  const accept = (token: string) => mustAccept(auth, requestWith('Authorization', `Bearer ${token}`))
  for (let index = 0; index < WARM_UP; index++) await accept(mint(count + index))
  const before = heapBytes()
  const probes = await rememberAll(count, mint, accept)
  const bytesEach = (heapBytes() - before) / count
  const linksBefore = links
  for (const token of probes) await accept(token)
  if (links !== linksBefore) throw new Error(`${links - linksBefore} of ${probes.length} were not remembered`)
  return { bytesEach }
}

/** @returns Some of the tokens. */
async function rememberAll(count: number, mint: Mint, accept: (token: string) => Promise<void>): Promise<string[]> {
  const probes: string[] = []
  for (let index = 0; index < count; index += AT_ONCE) {
    const tokens = Array.from({ length: Math.min(AT_ONCE, count - index) }, (_, offset) => mint(index + offset))
    await Promise.all(tokens.map(accept))
    if (probes.length < PROBES) probes.push(tokens[0] as string)
  }
  return probes
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

process.send?.(await measure(Number(process.argv[2])))
