import { assertJudges, type Contender } from '../contenders.js'
import { firstSightContenders, ours, type FirstSightName } from '../contenders/jwt.js'
import type { Group } from '../group.js'
import type { Row } from '../row.js'
import { createSigningKey, mintTokens, tampered, type Algorithm } from '../tokens.js'
import { each, takeTurns, type Turn } from '../turns.js'

const TOKENS = 256
const ALGORITHMS = { RS256: 1.25, HS256: 2.5, ES256: 1.15, EdDSA: 1.15 } as const

/** Every check is a full one: the whole `authenticate`, from raw headers to principal, beside what judges a string. */
export const firstSight: Group = {
  name: 'first-sight',
  title: 'First sight of a token, in process',
  async measure({ quick }) {
    const rows: Row[] = []
    for (const [algorithm, atMost] of Object.entries(ALGORITHMS))
      rows.push(...(await measureAlgorithm(algorithm as Algorithm, atMost, quick ? 4 : 20)))
    return rows
  },
}

async function measureAlgorithm(algorithm: Algorithm, atMost: number, rounds: number): Promise<Row[]> {
  const key = createSigningKey(algorithm)
  const tokens = mintTokens(key, TOKENS)
  const [first = ''] = tokens
  const turns: Record<string, Turn> = {}
  for (const [name, contender] of Object.entries(firstSightContenders(key)) as [FirstSightName, Contender][]) {
    await assertJudges(name, contender, first, tampered(first))
    turns[name] = each(TOKENS, await contender(tokens))
  }
  // A new instance each turn: to it, every token is new.
  const remembering = ours(key)
  turns['remembering'] = async () => each(TOKENS, await remembering(tokens))()
  const samples = await takeTurns(turns, { rounds, operations: TOKENS })
  const { ours: forgetting = [], remembering: kept = [], limit = [], ...peers } = samples
  const row = { what: `${algorithm}, ${first.length} bytes`, unit: 'µs', limitName: 'the raw primitive' }
  return [
    { ...row, series: { ours: forgetting, limit }, target: { figure: 'ours / limit', atMost } },
    { ...row, what: `${row.what}, and remembered`, series: { ours: kept, limit }, target: { figure: 'ours / limit' } },
    ...Object.entries(peers).map(([peerName, peer]): Row => {
      const bound = peerName === 'fast-jwt' ? { atMost: 1 } : {}
      return {
        ...row,
        peerName,
        series: { ours: forgetting, limit, peer },
        target: { figure: 'ours / peer', ...bound },
      }
    }),
  ]
}
