import { formatMet, formatSpread, formatTarget, formatValue } from './format.js'
import type { Summary } from './summary.js'

const HEAD = ['what', 'unit', 'ours', 'peer', 'peer is', 'bare', 'limit', 'figure', 'is', 'target', 'met'] as const
const TEXT: readonly string[] = ['what', 'unit', 'peer is', 'figure', 'met']

export function tableOf(rows: readonly Summary[]): string {
  return aligned(
    HEAD,
    TEXT,
    rows.map(({ what, unit, peerName, series, target, figure, met }) => [
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
    ]),
  )
}

/** A Markdown table, aligned as prettier aligns it, so that it also reads in a terminal. @param text Columns of words. */
export function aligned(
  head: readonly string[],
  text: readonly string[],
  cells: readonly (readonly string[])[],
): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...cells.map((line) => (line[column] as string).length)),
  )
  const isText = head.map((title) => text.includes(title))
  const pad = (value: string, column: number) => {
    const width = widths[column] as number
    return isText[column] === true ? value.padEnd(width) : value.padStart(width)
  }
  const line = (values: readonly string[]) => `| ${values.map(pad).join(' | ')} |`
  const rule = widths.map((width, column) =>
    isText[column] === true ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  return [line(head), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n')
}
