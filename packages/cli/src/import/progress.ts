import type { Progress } from '@dualauth/import'
import type { Output } from '../terminal/terminal.js'

const NAMES = { organization: 'organizations', person: 'people', membership: 'memberships', group: 'groups' } as const
const WIDTH = 24
const TERMINAL_MS = 100
const LINE_MS = 5000
/** Rows already done pass faster than new ones, so the pace is measured over the last half minute. */
const PACE_MS = 30_000

interface Mark {
  readonly at: number
  readonly read: number
}

/** A progress bar on a terminal; elsewhere, one line every five seconds. */
export function createProgress(
  output: Output,
  now: () => number = Date.now,
): { show(progress: Progress): void; end(): void } {
  const isTerminal = output.isTTY === true
  let shownAt = now()
  let kind: Progress['kind'] | null = null
  /** Newest last; one for each update shown. */
  let marks: Mark[] = []
  let isOpen = false
  return {
    show(progress) {
      const at = now()
      const mark = { at, read: progress.counts[progress.kind].read }
      if (kind !== progress.kind) marks = [mark]
      kind = progress.kind
      if (at - shownAt < (isTerminal ? TERMINAL_MS : LINE_MS)) return
      shownAt = at
      const first = marks.find((one) => at - one.at <= PACE_MS) ?? marks.at(-1)!
      marks = [...marks.slice(marks.indexOf(first)), mark]
      const text = lineOf(progress, paceOf(first, mark))
      output.write(isTerminal ? `\r${text}\u001b[K` : `${text}\n`)
      isOpen = isTerminal
    },
    end() {
      if (isOpen) output.write('\r\u001b[K')
      isOpen = false
    },
  }
}

/** Rows per second; null if it is too early to say. */
function paceOf(first: Mark, last: Mark): number | null {
  const took = last.at - first.at
  return took < 1000 || last.read === first.read ? null : ((last.read - first.read) * 1000) / took
}

function lineOf({ kind, total, counts }: Progress, pace: number | null): string {
  const { read, failed, conflicts } = counts[kind]
  const rate = pace === null ? '' : `, ${pace < 10 ? pace.toFixed(1) : Math.round(pace)}/s`
  const wrong = failed + conflicts === 0 ? '' : `, ${failed} failed, ${conflicts} conflicts`
  if (total === null || total === 0) return `${NAMES[kind]} ${read}${rate}${wrong}`
  const share = Math.min(1, read / total)
  const full = Math.round(share * WIDTH)
  const bar = `${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}`
  const left = pace === null || read >= total ? '' : `, ${timeOf((total - read) / pace)} left`
  return `${NAMES[kind]} [${bar}] ${Math.floor(share * 100)}% ${read}/${total}${rate}${left}${wrong}`
}

function timeOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
