import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import autocannon from 'autocannon'
import { FRAMEWORKS, ROLES, type Framework, type Role } from './contender.js'
import { rotated } from './median.js'
import type { Row } from './report.js'
import { startServer, type RunningServer } from './running-server.js'
import { createSigningKey, mintToken, type Jwk } from './tokens.js'

const CONNECTIONS = 64
const NAME = { express: 'Express 5', hono: 'Hono', fastify: 'Fastify 5' } as const
const PEER = { express: 'express-oauth2-jwt-bearer', hono: 'hono jwk', fastify: '@fastify/jwt' } as const

export interface LoadPlan {
  readonly rounds: number
  readonly seconds: number
}

interface Sample {
  readonly requestsPerSecond: number
  readonly cpuMicros: number
}

/** Per framework: bare app, ours and one peer, in turns, under the same load. */
export async function measureHttp(plan: LoadPlan): Promise<Row[]> {
  const key = createSigningKey('RS256')
  const jwk = key.jwk as Jwk
  const issuer = await serveKeySet(jwk)
  const keySetUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`
  const rows: Row[] = []
  for (const framework of FRAMEWORKS) {
    const servers = await Promise.all(ROLES.map((role) => startServer(framework, role, { jwk, keySetUrl })))
    const samples = await measureInTurns(servers, mintToken(key, 0), plan)
    rows.push(...rowsOf(framework, samples))
    await Promise.all(servers.map((server) => server.stop()))
  }
  issuer.close()
  return rows
}

async function measureInTurns(
  servers: readonly RunningServer[],
  token: string,
  { rounds, seconds }: LoadPlan,
): Promise<Record<Role, Sample[]>> {
  const samples: Record<Role, Sample[]> = { bare: [], ours: [], peer: [] }
  for (const server of servers) {
    await assertGuards(server, token)
    await load(server, token, seconds)
  }
  for (let round = 0; round < rounds; round++) {
    for (const server of rotated(servers, round)) samples[server.role].push(await load(server, token, seconds))
  }
  return samples
}

/** Speed of a server that lets the wrong ones in is worth nothing. */
async function assertGuards({ url, role }: RunningServer, token: string): Promise<void> {
  const status = async (headers: Record<string, string>) => (await fetch(url, { headers })).status
  const tampered = `${token.slice(0, -8)}AAAAAAAA`
  const found = [
    await status({ authorization: `Bearer ${token}` }),
    await status({ authorization: `Bearer ${tampered}` }),
    await status({}),
  ]
  const expected = role === 'bare' ? [200, 200, 200] : [200, 401, 401]
  if (found.join() !== expected.join())
    throw new Error(`${role}: answers ${found.join()} instead of ${expected.join()}`)
}

async function load(server: RunningServer, token: string, seconds: number): Promise<Sample> {
  const before = await server.cpuMicros()
  const startedAt = performance.now()
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: 100,
    headers: { authorization: `Bearer ${token}` },
  })
  const elapsed = (performance.now() - startedAt) / 1000
  const cpuMicros = (await server.cpuMicros()) - before
  const answered = result['2xx']
  if (result.non2xx > 0 || result.errors > 0 || answered === 0)
    throw new Error(`${server.role}: ${result.non2xx} refusals and ${result.errors} errors under load`)
  return { requestsPerSecond: answered / elapsed, cpuMicros: cpuMicros / answered }
}

function rowsOf(framework: Framework, samples: Readonly<Record<Role, readonly Sample[]>>): Row[] {
  const row = (what: string, unit: Row['unit'], of: (sample: Sample) => number): Row => ({
    what: `${NAME[framework]}, ${what}`,
    unit,
    peerName: PEER[framework],
    ours: samples.ours.map(of),
    peer: samples.peer.map(of),
    bare: samples.bare.map(of),
  })
  return [
    row('throughput', 'requests/s', ({ requestsPerSecond }) => requestsPerSecond),
    row('server CPU per request', 'µs', ({ cpuMicros }) => cpuMicros),
  ]
}

async function serveKeySet(jwk: Jwk): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: [jwk] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
