import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Group } from '../group.js'
import type { Footprint } from '../footprint.js'
import type { Row } from '../row.js'

const CASES = [
  { index: 'SHA-256 kept', conditions: [], atMost: 800 },
  // Workers and others with WebCrypto alone.
  { index: 'the whole token kept (WebCrypto)', conditions: ['--conditions=workerd'], atMost: 1_400 },
] as const

/** What a remembered token takes, with its claims and its principal; each in a process of its own. */
export const memory: Group = {
  name: 'memory',
  title: 'Memory of remembered tokens',
  async measure({ quick }) {
    const rows: Row[] = []
    for (const count of quick ? [10_000] : [100_000, 1_000_000]) {
      const footprints = await Promise.all(CASES.map(({ conditions }) => footprintOf(count, conditions)))
      CASES.forEach(({ index, atMost }, place) =>
        rows.push({
          what: `${count.toLocaleString('en-US')} tokens of 974 bytes, ${index}`,
          unit: 'bytes of heap each',
          series: { ours: [(footprints[place] as Footprint).bytesEach] },
          target: { figure: 'ours', atMost },
        }),
      )
    }
    return rows
  },
}

async function footprintOf(count: number, conditions: readonly string[]): Promise<Footprint> {
  const child = fork(fileURLToPath(new URL('./footprint.js', import.meta.url)), [String(count)], {
    execArgv: ['--expose-gc', '--max-old-space-size=8192', ...conditions],
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`footprint: ended with ${code}`)
  })
  const [footprint] = (await Promise.race([once(child, 'message'), failed])) as [Footprint]
  failed.catch(() => {})
  child.disconnect()
  return footprint
}
