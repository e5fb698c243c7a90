import { formatMet, formatSpread, formatTarget, formatValue } from './format.js'
import type { Summary } from './summary.js'

const HEAD = ['what', 'unit', 'ours', 'peer', 'peer is', 'bare', 'limit', 'figure', 'is', 'target', 'met'] as const
const TEXT: ReadonlySet<number> = new Set([0, 1, 4, 7, 10])

/** A Markdown table, aligned as prettier aligns it, so that it also reads in a terminal. */
export function tableOf(rows: readonly Summary[]): string {
  const cells = rows.map(({ what, unit, peerName, series, target, figure, met }) => [
    what,
    unit,
    formatSpread(series.ours),
    formatSpread(series.peer),
    peerName ?? '',
    formatSpread(series.bare),
    formatSpread(series.limit),
    target.figure,
    formatValue(figure),
    formatTarget(target),
    formatMet(met),
  ])
  const widths = HEAD.map((title, column) =>
    Math.max(3, title.length, ...cells.map((line) => (line[column] as string).length)),
  )
  const line = (values: readonly string[]) => `| ${values.map((value, column) => pad(value, column)).join(' | ')} |`
  const pad = (value: string, column: number) => {
    const width = widths[column] as number
    return TEXT.has(column) ? value.padEnd(width) : value.padStart(width)
  }
  const rule = widths.map((width, column) => (TEXT.has(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(HEAD), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n')
}
