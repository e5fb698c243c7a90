import { styleText } from 'node:util'
import { printable, printableJson } from './printable.js'
import type { Output, Terminal } from './terminal.js'

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red'

/** A table cell: untrusted text and its style. */
export type Cell = string | { readonly text: string; readonly style: Style }

/** Writes text for people, or values for programs. */
export interface Printer {
  /** Terminal control characters are escaped. */
  line(text?: string, style?: Style): void
  /** The first row is the header. */
  table(rows: readonly (readonly Cell[])[]): void
  /** Writes the text unchanged. */
  raw(text: string): void
  json(value: unknown, indent?: number): void
}

export function createPrinter(output: Output, env: Terminal['env']): Printer {
  const isColoured = output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  const styled = (text: string, style: Style | undefined): string =>
    style === undefined || !isColoured || text === '' ? text : styleText(style, text, { validateStream: false })
  return {
    line: (text = '', style) => void output.write(`${styled(printable(text), style)}\n`),
    raw: (text) => void output.write(text),
    json: (value, indent) => void output.write(`${printableJson(value, indent)}\n`),
    table(rows) {
      const cells = rows.map((row) => row.map(cellOf))
      const widths = (cells[0] ?? []).map((_, column) =>
        cells.reduce((width, row) => Math.max(width, widthOf(row[column]?.text)), 0),
      )
      cells.forEach((row, place) => {
        const line = row.map(({ text, style }, column) => {
          const padding = column === row.length - 1 ? 0 : (widths[column] ?? 0) - widthOf(text)
          return styled(text, place === 0 ? 'bold' : style) + ' '.repeat(Math.max(padding, 0))
        })
        output.write(`${line.join('  ').trimEnd()}\n`)
      })
    },
  }
}

function cellOf(cell: Cell): { readonly text: string; readonly style: Style | undefined } {
  return typeof cell === 'string'
    ? { text: printable(cell), style: undefined }
    : { text: printable(cell.text), style: cell.style }
}

/** Width in characters: a surrogate pair counts once. */
function widthOf(text = ''): number {
  return text.replace(/[\ud800-\udbff]/g, '').length
}
