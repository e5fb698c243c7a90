import { LRUCache } from 'lru-cache'
import { createFastJwt } from '../contenders/jwt.js'
import type { Group } from '../group.js'
import { createAuth, mustAccept, requestWith } from '../our-auth.js'
import type { Row } from '../row.js'
import { createSigningKey, mintTokens, type SigningKey } from '../tokens.js'
import { each, takeTurns } from '../turns.js'

/** Few, so that a turn is over before a busy machine interrupts it. */
const LOOK_UPS = 500
const ENTRIES = [1, 1000] as const

/** The whole `authenticate` of what is remembered, beside one `get` of lru-cache. */
export const cacheHit: Group = {
  name: 'cache-hit',
  title: 'A remembered token, in process',
  async measure({ quick }) {
    const key = createSigningKey('RS256')
    const tokens = mintTokens(key, Math.max(...ENTRIES))
    const rows: Row[] = []
    for (const entries of ENTRIES) rows.push(...(await measureEntries(key, tokens.slice(0, entries), quick ? 10 : 60)))
    return rows
  },
}

async function measureEntries(key: SigningKey, tokens: readonly string[], rounds: number): Promise<Row[]> {
  const header = freshHeaders(tokens)
  const request = () => requestWith('Authorization', header())
  const bearer = () => (request().rawHeaders[5] as string).slice('Bearer '.length)
  const auth = createAuth(key)
  const fast = createFastJwt(key, 10_000)
  const lru = new LRUCache<string, object>({ max: 10_000 })
  for (const token of tokens) {
    await mustAccept(auth, requestWith('Authorization', `Bearer ${token}`))
    fast(token)
    lru.set(token, {})
  }
  const { ours, limit, peer } = await takeTurns(
    {
      ours: each(LOOK_UPS, () => mustAccept(auth, request())),
      limit: each(LOOK_UPS, () => {
        if (lru.get(bearer()) === undefined) throw new Error('is not remembered')
      }),
      peer: each(LOOK_UPS, () => fast(bearer())),
    },
    { rounds, operations: LOOK_UPS },
  )
  const what = `${tokens.length === 1 ? '1 token' : `${tokens.length.toLocaleString('en-US')} tokens`}, RS256, ${tokens[0]?.length} bytes`
  const row = { what, unit: 'µs', limitName: 'lru-cache get' }
  return [
    { ...row, series: { ours, limit }, target: { figure: 'ours / limit', atMost: 2 } },
    { ...row, peerName: 'fast-jwt, cache on', series: { ours, limit, peer }, target: { figure: 'ours / peer' } },
  ]
}

/** A new string each time, as HTTP gives it: one that was hashed before would be found for nothing. */
function freshHeaders(tokens: readonly string[]): () => string {
  const bytes = tokens.map((token) => Buffer.from(`Bearer ${token}`))
  let next = 0
  return () => {
    const header = bytes[next++ % bytes.length] as Buffer
    return header.toString('latin1')
  }
}
