import type { Group } from '../group.js'
import { createAuth, mustAccept, requestWith } from '../our-auth.js'
import type { Row } from '../row.js'
import { createSigningKey, mintTokens, type Algorithm, type SigningKey } from '../tokens.js'
import { each, takeTurns, type Turn } from '../turns.js'

const ENTRIES = 10_000

type Order = 'at random' | 'one after another'

const ORDERS = { HS256: ['at random', 'one after another'], ES256: ['at random'] } as const

/** Far more tokens than are remembered, so that remembering hardly pays. */
export const overflow: Group = {
  name: 'overflow',
  title: 'More tokens than the memory holds, in process',
  async measure({ quick }) {
    const count = quick ? 20_000 : 100_000
    const rows: Row[] = []
    for (const [algorithm, orders] of Object.entries(ORDERS) as [Algorithm, readonly Order[]][]) {
      const key = createSigningKey(algorithm)
      const tokens = mintTokens(key, count)
      for (const order of orders) rows.push(await measureOrder(key, tokens, order, quick))
    }
    return rows
  },
}

async function measureOrder(key: SigningKey, tokens: readonly string[], order: Order, quick: boolean): Promise<Row> {
  // Bytes are no limit here: entries are.
  const remembering = createAuth(key, { remember: { maxEntries: ENTRIES, maxBytes: 2 ** 30 } })
  const forgetting = createAuth(key, { remember: false })
  const operations = key.algorithm === 'HS256' ? 4_000 : 1_000
  const turnOf = (auth: typeof remembering): Turn => {
    const next = order === 'at random' ? drawer(tokens.length) : counter(tokens.length)
    return each(operations, () => mustAccept(auth, requestWith('Authorization', `Bearer ${tokens[next()]}`)))
  }
  const ours = turnOf(remembering)
  // Full before it counts.
  for (let filled = 0; filled < 2 * ENTRIES; filled += operations) await ours()
  const series = await takeTurns({ ours, limit: turnOf(forgetting) }, { rounds: quick ? 4 : 16, operations })
  return {
    what: `${tokens.length.toLocaleString('en-US')} tokens ${order}, ${ENTRIES.toLocaleString('en-US')} kept, ${key.algorithm}`,
    unit: 'µs',
    limitName: 'nothing remembered',
    series,
    target: { figure: 'ours / limit', atMost: 1.1 },
  }
}

/** The same numbers for both sides: a linear congruential generator. */
function drawer(count: number): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

function counter(count: number): () => number {
  let next = 0
  return () => next++ % count
}
