import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Group } from '../group.js'
import type { Footprint, FootprintCase } from '../footprint.js'
import type { Row } from '../row.js'

const CASES = [
  { carrier: 'cookie', index: 'SHA-256 as index', atMost: 800 },
  { carrier: 'bearer', index: 'the whole token kept', atMost: 1_400 },
] as const

/** What a remembered token takes, with its claims and its principal; each in a process of its own. */
export const memory: Group = {
  name: 'memory',
  title: 'Memory of remembered tokens',
  async measure({ quick }) {
    const rows: Row[] = []
    for (const count of quick ? [10_000] : [100_000, 1_000_000]) {
      const footprints = await Promise.all(CASES.map(({ carrier }) => footprintOf({ carrier, count })))
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

async function footprintOf(which: FootprintCase): Promise<Footprint> {
  const child = fork(fileURLToPath(new URL('./footprint.js', import.meta.url)), [JSON.stringify(which)], {
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`footprint: ended with ${code}`)
  })
  const [footprint] = (await Promise.race([once(child, 'message'), failed])) as [Footprint]
  failed.catch(() => {})
  child.disconnect()
  return footprint
}
