import { scrypt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { firstSightContenders } from '../contenders/jwt.js'
import type { Judge } from '../contenders.js'
import type { Group } from '../group.js'
import { median } from '../median.js'
import { createSigningKey, mintTokens } from '../tokens.js'

const HASHES = 8
/** As Better Auth hashes passwords. */
const SCRYPT = { N: 16_384, r: 16, p: 1, maxmem: 128 * 16_384 * 16 * 2 }
/** jose waits for a thread as long as several hashes take. */
const CHECKS = { ours: 40, jose: 2 } as const

/** One check at a time while password hashes fill the thread pool of Node. */
export const loginRush: Group = {
  name: 'login-rush',
  title: 'RS256 during a login rush',
  async measure({ quick }) {
    const key = createSigningKey('RS256')
    const tokens = mintTokens(key, CHECKS.ours)
    const contenders = firstSightContenders(key)
    const ours = await contenders.ours!(tokens)
    const jose = await contenders.jose!(tokens)
    for (let index = 0; index < 2_000; index++) await ours(index % tokens.length)
    const samples = { idle: [] as number[], rush: [] as number[], joseIdle: [] as number[], joseRush: [] as number[] }
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      samples.idle.push(await latency(ours, CHECKS.ours))
      samples.joseIdle.push(await latency(jose, CHECKS.ours))
      const rush = startHashing()
      samples.rush.push(await latency(ours, CHECKS.ours))
      samples.joseRush.push(await latency(jose, CHECKS.jose))
      await rush.stop()
    }
    const { idle, rush, joseIdle, joseRush } = samples
    const during = { what: `one check while ${HASHES} scrypt hashes run`, unit: 'µs, p50', limitName: 'dualauth, idle' }
    const peer = { peerName: 'jose' }
    return [
      { ...during, series: { ours: rush, limit: idle }, target: { figure: 'ours / limit', atMost: 3 } },
      { ...during, ...peer, series: { ours: rush, limit: idle, peer: joseRush }, target: { figure: 'peer / ours' } },
      {
        ...peer,
        what: 'one check, idle',
        unit: 'µs, p50',
        series: { ours: idle, peer: joseIdle },
        target: { figure: 'peer / ours' },
      },
    ]
  },
}

/** The median of single checks, a moment apart. */
async function latency(judge: Judge, checks: number): Promise<number> {
  const micros: number[] = []
  for (let index = 0; index < checks; index++) {
    await pause(1)
    const startedAt = performance.now()
    await judge(index)
    micros.push((performance.now() - startedAt) * 1000)
  }
  return median(micros)
}

function startHashing(): { stop(): Promise<void> } {
  let isOver = false
  const hash = (): Promise<void> =>
    new Promise((resolve, reject) => {
      scrypt('correct horse', 'battery staple', 64, SCRYPT, (error) => (error === null ? resolve() : reject(error)))
    })
  const loops = Array.from({ length: HASHES }, async () => {
    while (!isOver) await hash()
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(loops)
    },
  }
}
