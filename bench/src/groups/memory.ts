import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Group } from '../group.js'
import type { Footprint, FootprintKind } from '../footprint.js'
import type { Row } from '../row.js'

const CASES: readonly { readonly kind: FootprintKind; readonly what: string; readonly atMost: number }[] = [
  { kind: 'token', what: 'tokens of 974 bytes, kept whole', atMost: 1_400 },
  { kind: 'key', what: 'API keys, their SHA-256 kept', atMost: 800 },
]

/** What a remembered credential takes, with its claims and its principal; each in a process of its own. */
export const memory: Group = {
  name: 'memory',
  title: 'Memory of remembered credentials',
  async measure({ quick }) {
    const rows: Row[] = []
    for (const count of quick ? [10_000] : [100_000, 400_000]) {
      const footprints = await Promise.all(CASES.map(({ kind }) => footprintOf(kind, count)))
      CASES.forEach(({ what, atMost }, place) =>
        rows.push({
          what: `${count.toLocaleString('en-US')} ${what}`,
          unit: 'bytes of heap each',
          series: { ours: [(footprints[place] as Footprint).bytesEach] },
          target: { figure: 'ours', atMost },
        }),
      )
    }
    return rows
  },
}

async function footprintOf(kind: FootprintKind, count: number): Promise<Footprint> {
  const child = fork(fileURLToPath(new URL('./footprint.js', import.meta.url)), [kind, String(count)], {
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
