import type { Progress } from '@dualauth/import'
import { expect, it } from 'vitest'
import { createProgress } from '../src/import/progress.js'

const NOTHING = { created: 0, adopted: 0, updated: 0, unchanged: 0, waiting: 0, busy: 0, resetRequired: 0 }

function progressOf(read: number, total: number | null = 100_000, wrong = { failed: 0, conflicts: 0 }): Progress {
  const counts = { read, ...NOTHING, ...wrong }
  return { kind: 'person', total, counts: { organization: counts, person: counts, membership: counts, group: counts } }
}

/** @param steps When, and how many rows were done by then. */
function shown(steps: readonly (readonly [second: number, progress: Progress])[], isTTY = false): string {
  let [said, now] = ['', 0]
  const progress = createProgress({ write: (text) => void (said += text), isTTY }, () => now)
  for (const [second, at] of steps) {
    now = second * 1000
    progress.show(at)
  }
  progress.end()
  return said
}

it('says how far it is, how fast, and for how long yet, every five seconds off a terminal', () => {
  const steps = Array.from({ length: 21 }, (_none, second) => [second, progressOf(second * 100)] as const)
  expect(shown(steps).split('\n')).toEqual([
    'people [........................] 0% 500/100000, 100/s, 17 min left',
    'people [........................] 1% 1000/100000, 100/s, 17 min left',
    'people [........................] 1% 1500/100000, 100/s, 16 min left',
    'people [........................] 2% 2000/100000, 100/s, 16 min left',
    '',
  ])
})

it('goes by the pace of the last half minute where what is done already has passed quickly', () => {
  const passed = [5, 10].map((second) => [second, progressOf(second * 5000)] as const)
  const slow = Array.from({ length: 12 }, (_none, n) => [15 + n * 5, progressOf(50_000 + n * 25)] as const)
  const last = shown([[0, progressOf(0)], ...passed, ...slow])
    .trim()
    .split('\n')
    .at(-1)
  expect(last).toBe('people [############............] 50% 50275/100000, 5.0/s, 2.8 h left')
})

it('writes over one line on a terminal, and leaves none behind', () => {
  const said = shown(
    [
      [0, progressOf(0)],
      [0.05, progressOf(5000)],
      [2, progressOf(90_000, 100_000, { failed: 3, conflicts: 1 })],
    ],
    true,
  )
  expect(said).toBe(
    '\r' +
      'people [######################..] 90% 90000/100000, 45000/s, 1 s left, 3 failed, 1 conflicts' +
      '\u001b[K\r\u001b[K',
  )
})

it('promises nothing where nobody knows how many there are', () => {
  expect(shown([[0, progressOf(0, null)], ...([[6, progressOf(60, null)]] as const)])).toBe('people 60, 10/s\n')
})
