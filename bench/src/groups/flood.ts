import { startKeySetServer } from '@dualauth/testing'
import { bearerRequest } from '../connection.js'
import type { Group } from '../group.js'
import { createJunk } from '../junk.js'
import { assertOnly, sendLoad, type Answers } from '../load.js'
import type { Row } from '../row.js'
import { startServer, type RunningServer } from '../servers/running-server.js'
import { createSigningKey, mintTokens, type Jwk } from '../tokens.js'

const CALLERS = 100
const JUNK = 10_000
const CONNECTIONS = 32
/** Of what the server can answer: so many warm requests arrive each second, and as many of junk. */
const SHARE = 0.3
/** Kept, the junk of one kind would be more than twice as much. */
const GROWTH_MIB = 5

interface Flood {
  readonly server: RunningServer
  readonly warm: readonly Buffer[]
  readonly perSecond: number
  readonly seconds: number
}

/** Junk arrives as fast as warm callers do: those keep being answered, and nothing piles up. */
export const flood: Group = {
  name: 'flood',
  title: 'Warm callers during a flood of junk, Fastify 5',
  async measure({ quick }) {
    const key = createSigningKey('RS256')
    const jwk = key.jwk as Jwk
    const keySet = await startKeySetServer({ keys: [jwk] })
    const server = await startServer('fastify', 'ours, with key set and API keys', { jwk, keySetUrl: keySet.url })
    const tokens = mintTokens(key, CALLERS)
    const warm = tokens.map(bearerRequest)
    const seconds = quick ? 0.3 : 1
    const flooded = { server, warm, perSecond: SHARE * (await capacity(server, warm, quick ? 1 : 3)), seconds }
    const rows: Row[] = []
    const growths: number[] = []
    const startedAt = performance.now()
    for (const [kind, junk] of Object.entries(createJunk(tokens, JUNK))) {
      const before = await server.heapBytes()
      rows.push(await measureKind(kind, junk, flooded, quick ? 1 : 3))
      growths.push(((await server.heapBytes()) - before) / 2 ** 20)
    }
    const elapsed = (performance.now() - startedAt) / 1000
    rows.push(
      boundedRow('growth of the heap, the worst of them', 'MiB', Math.max(0, ...growths), GROWTH_MIB),
      boundedRow('fetches of the key set after the first', 'a second', Math.max(0, keySet.fetches - 1) / elapsed, 1),
    )
    await server.stop()
    await keySet.close()
    return rows
  },
}

function boundedRow(what: string, unit: string, value: number, atMost: number): Row {
  return { what, unit, series: { ours: [value] }, target: { figure: 'ours', atMost } }
}

async function capacity({ port }: RunningServer, requests: readonly Buffer[], seconds: number): Promise<number> {
  // The first half warms up.
  await sendLoad({ port, requests, connections: CONNECTIONS, seconds: seconds / 2 })
  const answers = await sendLoad({ port, requests, connections: CONNECTIONS, seconds: seconds / 2 })
  assertOnly(answers, 200, 'warm callers')
  return answers.perSecond
}

async function measureKind(kind: string, junk: readonly Buffer[], flooded: Flood, rounds: number): Promise<Row> {
  const [alone, during]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    alone.push((await warmLoad(flooded)).perSecond)
    const [warm, refused] = await Promise.all([warmLoad(flooded), junkLoad(flooded, junk.slice(round * 3_000))])
    if (refused.statuses.has(200)) throw new Error(`${kind}: let in`)
    during.push(warm.perSecond)
  }
  return {
    what: kind,
    unit: 'warm requests/s',
    limitName: 'without the flood',
    series: { ours: during, limit: alone },
    target: { figure: 'ours / limit', atLeast: 0.8 },
  }
}

async function warmLoad({ server, warm, perSecond, seconds }: Flood): Promise<Answers> {
  const answers = await sendLoad({ port: server.port, requests: warm, connections: CONNECTIONS, seconds, perSecond })
  assertOnly(answers, 200, 'warm callers')
  return answers
}

function junkLoad({ server, perSecond, seconds }: Flood, requests: readonly Buffer[]): Promise<Answers> {
  return sendLoad({ port: server.port, requests, connections: CONNECTIONS, seconds, perSecond })
}
