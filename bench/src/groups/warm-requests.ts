import { startKeySetServer } from '@dualauth/testing'
import { bearerRequest } from '../connection.js'
import type { Group } from '../group.js'
import { assertOnly, sendLoad } from '../load.js'
import type { Row, Series, Target } from '../row.js'
import { BY_HAND } from '../servers/by-hand.js'
import { WITH_METRICS, type Framework, type Setup } from '../servers/protocol.js'
import { startServer, type RunningServer } from '../servers/running-server.js'
import { createSigningKey, mintTokens, tampered, type Jwk } from '../tokens.js'
import { rotated } from '../turns.js'

const CONNECTIONS = 64

interface Sample {
  readonly perSecond: number
  readonly cpuMicros: number
}

interface Case {
  readonly framework: Framework
  readonly title: string
  /** The first is the one of the target. */
  readonly peers: readonly string[]
  readonly distinct: number
  /** Against the first peer, by requests each second. */
  readonly atLeastPeer: number
  readonly against: Target
  /** Whose CPU is shown beside ours: what the same takes by hand, or while decisions are counted. */
  readonly beside?: readonly string[]
}

const CASES: readonly Case[] = [
  ...[1, 1000].map((distinct): Case => {
    const against: Target = { figure: 'ours / bare', atLeast: distinct === 1 ? 0.95 : 0.85 }
    return {
      framework: 'fastify',
      title: 'Fastify 5',
      peers: ['@fastify/jwt, cache on'],
      distinct,
      atLeastPeer: 1.6,
      against,
      ...(distinct > 1 && { beside: [BY_HAND, WITH_METRICS] }),
    }
  }),
  {
    framework: 'hono',
    title: 'Hono',
    peers: ['hono jwk, static key'],
    distinct: 1000,
    atLeastPeer: 3,
    against: { figure: 'ours − bare', atMost: 7 },
    beside: [BY_HAND, WITH_METRICS],
  },
  {
    framework: 'express',
    title: 'Express 5',
    peers: ['express-oauth2-jwt-bearer', 'express-jwt + jwks-rsa'],
    distinct: 1000,
    atLeastPeer: 1.4,
    against: { figure: 'ours / bare', atLeast: 0.9 },
    beside: [BY_HAND, WITH_METRICS],
  },
]

/** `GET /me` of callers who were here before: bare app, ours and peers in turns, each in a process of its own. */
export const warmRequests: Group = {
  name: 'warm-requests',
  title: 'Warm requests, whole servers',
  async measure({ quick }) {
    const key = createSigningKey('RS256')
    const jwk = key.jwk as Jwk
    const keySet = await startKeySetServer({ keys: [jwk] })
    const tokens = mintTokens(key, 1000)
    const plan = quick ? { rounds: 2, seconds: 0.3 } : { rounds: 5, seconds: 0.8 }
    const rows: Row[] = []
    for (const one of CASES)
      rows.push(...(await measureCase(one, { jwk, keySetUrl: keySet.url }, tokens.slice(0, one.distinct), plan)))
    await keySet.close()
    return rows
  },
}

async function measureCase(
  { framework, title, peers, distinct, atLeastPeer, against, beside = [] }: Case,
  setup: Setup,
  tokens: readonly string[],
  plan: { readonly rounds: number; readonly seconds: number },
): Promise<Row[]> {
  const names = ['bare', 'limit', 'ours', ...beside, ...peers]
  const servers = await Promise.all(names.map((name) => startServer(framework, name, setup)))
  const samples = await measureInTurns(servers, tokens, plan)
  await Promise.all(servers.map((server) => server.stop()))
  const what = `${title}, ${distinct === 1 ? '1 token' : `${distinct.toLocaleString('en-US')} tokens`}`
  const seriesOf = (member: keyof Sample, peer?: string): Series => {
    const of = (name: string) => (samples[name] as Sample[]).map((sample) => sample[member])
    const series = { ours: of('ours'), bare: of('bare') }
    return peer === undefined ? { ...series, limit: of('limit') } : { ...series, peer: of(peer) }
  }
  const isExcess = against.figure === 'ours − bare'
  return [
    {
      what: `${what}, ${isExcess ? 'server CPU' : 'throughput'}`,
      unit: isExcess ? 'µs' : 'requests/s',
      series: seriesOf(isExcess ? 'cpuMicros' : 'perSecond'),
      target: against,
    },
    ...beside.map((peerName): Row => ({
      what: `${what}, server CPU`,
      unit: 'µs',
      peerName,
      series: seriesOf('cpuMicros', peerName),
      target: { figure: 'peer − bare' },
    })),
    ...peers.map((peerName, index): Row => ({
      what: `${what}, throughput`,
      unit: 'requests/s',
      peerName,
      series: seriesOf('perSecond', peerName),
      target: { figure: 'ours / peer', ...(index === 0 && { atLeast: atLeastPeer }) },
    })),
  ]
}

async function measureInTurns(
  servers: readonly RunningServer[],
  tokens: readonly string[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Record<string, Sample[]>> {
  const requests = tokens.map(bearerRequest)
  const samples: Record<string, Sample[]> = Object.fromEntries(servers.map(({ name }) => [name, []]))
  for (const server of servers) {
    await assertGuards(server, tokens[0] as string)
    await load(server, requests, seconds)
  }
  for (let round = 0; round < rounds; round++) {
    for (const server of rotated(servers, round))
      (samples[server.name] as Sample[]).push(await load(server, requests, seconds))
  }
  return samples
}

/** Speed of a server that lets the wrong ones in is worth nothing. */
async function assertGuards({ port, name }: RunningServer, token: string): Promise<void> {
  const status = async (headers: Record<string, string>) =>
    (await fetch(`http://127.0.0.1:${port}/me`, { headers })).status
  const found = [
    await status({ authorization: `Bearer ${token}` }),
    await status({ authorization: `Bearer ${tampered(token)}` }),
    await status({}),
  ].join()
  const expected = name === 'bare' || name === 'limit' ? '200,200,200' : '200,401,401'
  if (found !== expected) throw new Error(`${name}: answers ${found} instead of ${expected}`)
}

async function load(server: RunningServer, requests: readonly Buffer[], seconds: number): Promise<Sample> {
  const before = await server.cpuMicros()
  const answers = await sendLoad({ port: server.port, requests, connections: CONNECTIONS, seconds })
  const cpuMicros = (await server.cpuMicros()) - before
  assertOnly(answers, 200, server.name)
  return { perSecond: answers.perSecond, cpuMicros: cpuMicros / answers.count }
}
