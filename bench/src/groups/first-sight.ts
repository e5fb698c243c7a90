import { assertJudges, type Contender } from '../contenders.js'
import { firstSightContenders, ours, type FirstSightName } from '../contenders/jwt.js'
import type { Group } from '../group.js'
import type { Row } from '../row.js'
import { createSigningKey, mintTokens, tampered, type Algorithm, type SigningKey } from '../tokens.js'
import { each, takeTurns, type Turn } from '../turns.js'

/** Few, so that a turn is over before a busy machine interrupts it. */
const TOKENS = 64
const ALGORITHMS = { RS256: 1.25, HS256: 2.5, ES256: 1.15, EdDSA: 1.15 } as const

/** Every check is a full one: the whole `authenticate`, from raw headers to principal, beside what judges a string. */
export const firstSight: Group = {
  name: 'first-sight',
  title: 'First sight of a token, in process',
  async measure({ quick }) {
    const rows: Row[] = []
    for (const [algorithm, atMost] of Object.entries(ALGORITHMS))
      rows.push(...(await measureAlgorithm(algorithm as Algorithm, atMost, quick ? 8 : 40)))
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
  turns['remembering'] = rememberingTurn(key, tokens)
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

/** A new instance each turn, to which every token is new; making it does not count. */
function rememberingTurn(key: SigningKey, tokens: readonly string[]): Turn {
  const contender = ours(key)
  return async () => {
    const turn = each(TOKENS, await contender(tokens))
    const startedAt = performance.now()
    await turn()
    return ((performance.now() - startedAt) * 1000) / TOKENS
  }
}
