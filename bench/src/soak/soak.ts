import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { median } from '../median.js'
import { rightAnswers } from './oracle.js'
import { createWorld, type Credential, type World } from './world.js'

export interface SoakReport {
  readonly answers: number
  /** What was answered wrongly, by kind, and how often. */
  readonly wrong: Readonly<Record<string, number>>
  /** MiB after a collection of garbage, in the order they were taken. */
  readonly heap: readonly number[]
  readonly keyFetches: number
}

const CALLERS = 32
const POOL = 1_000
const TICK_MS = 100
const CYCLE_MS = 15_000

/** Callers of every kind without a pause, while keys rotate, the issuer fails and people are revoked. */
export async function soak(seconds: number): Promise<SoakReport> {
  const world = await createWorld()
  const pool: Credential[] = []
  const wrong: Record<string, number> = {}
  const heap: number[] = []
  const collect = garbageCollector()
  const endsAt = Date.now() + seconds * 1000
  let answers = 0
  await refill(world, pool)

  async function call(): Promise<void> {
    while (Date.now() < endsAt) {
      const credential = pool[Math.floor(Math.random() * pool.length)] as Credential
      const from = Date.now()
      const result = await world.auth.authenticate(credential.request)
      const status = result.ok ? 200 : result.error.status
      if (!rightAnswers(credential, world.history, from, Date.now()).has(status as 200)) {
        const what = `${credential.kind}: ${status}`
        wrong[what] = (wrong[what] ?? 0) + 1
      }
      // Timers and sockets get their turn, as between requests.
      if (answers++ % 20 === 0) await new Promise(setImmediate)
    }
  }

  const callers = Array.from({ length: CALLERS }, call)
  const startedAt = Date.now()
  for (let at = 0; Date.now() < endsAt; at += TICK_MS) {
    await disturb(world, pool, at % CYCLE_MS)
    await refill(world, pool)
    if (at % 2_000 === 0) {
      collect()
      heap.push(process.memoryUsage().heapUsed / 2 ** 20)
    }
    await new Promise((resolve) => setTimeout(resolve, startedAt + at + TICK_MS - Date.now()))
  }
  await Promise.all(callers)
  const keyFetches = world.keySet.fetches
  await world.close()
  return { answers, wrong, heap, keyFetches }
}

/** Flat: the last third lies no more than a tenth above the middle one. */
export function isFlat(heap: readonly number[]): boolean {
  const third = Math.floor(heap.length / 3)
  if (third === 0) return true
  return median(heap.slice(-third)) <= 1.1 * median(heap.slice(third, -third))
}

/** One cycle: a new key, an outage, the old key withdrawn, another outage; all the while people are revoked. */
async function disturb(world: World, pool: readonly Credential[], at: number): Promise<void> {
  if (at === 1_000) world.rotate()
  if (at === 3_000) world.breakFor(1_500, 'status-500')
  if (at === 7_000) world.breakFor(1_000, 'hang')
  if (at === 13_000) {
    const [oldest] = [...world.history.publishedAt.keys()].filter((kid) => !world.history.withdrawnAt.has(kid))
    world.withdraw(oldest as string)
  }
  const victim = pool[Math.floor(Math.random() * pool.length)] as Credential
  if (at % 500 === 0 && !world.history.revokedAt.has(victim.user)) await world.revoke(victim.user)
}

/** Old ones leave and new ones come, so that there is always first sight, and always somebody who expires. */
async function refill(world: World, pool: Credential[]): Promise<void> {
  pool.splice(0, Math.ceil(pool.length / 100))
  while (pool.length < POOL) {
    const lot = Math.random()
    if (lot < 0.7) pool.push(world.mint('sound'))
    else if (lot < 0.8) pool.push(await world.mintApiKey())
    else if (lot < 0.9) pool.push(world.mint('forged'))
    else pool.push(world.mint(lot < 0.95 ? 'other-audience' : 'unknown-kid'))
  }
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
