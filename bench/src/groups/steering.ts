import {
  apiKeys,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  memoryEvidence,
  type PolicyDocument,
  type Stage,
} from '@dualauth/core'
import type { Group } from '../group.js'
import { mustAccept, mustRefuse, requestWith } from '../our-auth.js'
import type { Row } from '../row.js'
import { AUDIENCE, createSigningKey, ISSUER, mintTokens, type SigningKey } from '../tokens.js'
import { each, takeTurns } from '../turns.js'

const LOOK_UPS = 500
const TOKENS = 1_000

const STAGES: readonly Stage[] = ['dual', 'prefer-new', 'new-only']

/** What a policy adds to a remembered token of the old side, beside the same instance without one. */
export const steering: Group = {
  name: 'steering',
  title: 'What a policy adds to a remembered token, in process',
  async measure({ quick }) {
    const key = createSigningKey('RS256')
    const headers = mintTokens(key, TOKENS).map((token) => `Bearer ${token}`)
    const rounds = quick ? 5 : 40
    const rows: Row[] = []
    for (const stage of STAGES) rows.push(await measureStage(key, headers, { version: 1, stage }, rounds))
    const organizations = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [`org-${at}`, { stage: 'dual' as const }]),
    )
    const cutOff = { refuseIssuedAfter: '2100-01-01T00:00:00Z', maxAgeSeconds: 1_000_000_000 }
    const large: PolicyDocument = { version: 1, stage: 'prefer-new', organizations, cutOff }
    rows.push(await measureStage(key, headers, large, rounds, ', 1,000 organizations, a cut-off'))
    return rows
  },
}

async function measureStage(
  key: SigningKey,
  headers: readonly string[],
  policy: PolicyDocument,
  rounds: number,
  more = '',
): Promise<Row> {
  const [steered, bare] = [authWith(key, policy), authWith(key, null)]
  const isRefused = policy.stage === 'new-only'
  const ask = isRefused ? mustRefuse : mustAccept
  let next = 0
  const request = () => requestWith('Authorization', headers[next++ % headers.length] as string)
  for (let at = 0; at < headers.length; at++) {
    await ask(steered, request())
    await mustAccept(bare, request())
  }
  const series = await takeTurns(
    { ours: each(LOOK_UPS, () => ask(steered, request())), bare: each(LOOK_UPS, () => mustAccept(bare, request())) },
    { rounds, operations: LOOK_UPS },
  )
  await steered.close()
  const what = `${policy.stage}, with evidence${more}${isRefused ? '; refused' : ''}`
  const target = isRefused ? ({ figure: 'ours − bare' } as const) : ({ figure: 'ours − bare', atMost: 1 } as const)
  return { what, unit: 'µs', series, target }
}

function authWith(key: SigningKey, policy: PolicyDocument | null) {
  return createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['RS256'],
        keySet: { keys: [key.jwk as object] },
        issuer: ISSUER,
        audience: AUDIENCE,
        purpose: 'only-access-tokens',
      }),
      apiKeys({ name: 'new', prefix: 'sk_', keys: memoryApiKeys() }),
    ],
    link: ({ subject }) => ({ id: subject, organization: 'org-7' }),
    ...(policy !== null && { migration: { from: ['legacy'], to: 'new', policy, evidence: memoryEvidence() } }),
  })
}
