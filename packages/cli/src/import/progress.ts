import type { Progress } from '@dualauth/import'
import type { Output } from '../terminal/terminal.js'

const NAMES = { organization: 'organizations', person: 'people', membership: 'memberships', group: 'groups' } as const
const WIDTH = 24
const TERMINAL_MS = 100
const LINE_MS = 5000

/** A bar that is written over on a terminal; elsewhere a line every five seconds. */
export function createProgress(
  output: Output,
  now: () => number = Date.now,
): { show(progress: Progress): void; end(): void } {
  const isTerminal = output.isTTY === true
  let shownAt = now()
  let begunAt = now()
  let kind: Progress['kind'] | null = null
  let isOpen = false
  return {
    show(progress) {
      const at = now()
      if (kind !== progress.kind) begunAt = at
      kind = progress.kind
      if (at - shownAt < (isTerminal ? TERMINAL_MS : LINE_MS)) return
      shownAt = at
      const text = lineOf(progress, at - begunAt)
      output.write(isTerminal ? `\r${text}\u001b[K` : `${text}\n`)
      isOpen = isTerminal
    },
    end() {
      if (isOpen) output.write('\r\u001b[K')
      isOpen = false
    },
  }
}

function lineOf({ kind, total, counts }: Progress, tookMs: number): string {
  const { read, failed, conflicts } = counts[kind]
  const rate = tookMs < 1000 ? '' : `, ${Math.round((read * 1000) / tookMs)}/s`
  const wrong = failed + conflicts === 0 ? '' : `, ${failed} failed, ${conflicts} conflicts`
  if (total === null || total === 0) return `${NAMES[kind]} ${read}${rate}${wrong}`
  const share = Math.min(1, read / total)
  const full = Math.round(share * WIDTH)
  return `${NAMES[kind]} [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(share * 100)}% ${read}/${total}${rate}${wrong}`
}
