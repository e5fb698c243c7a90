import type { Call, Expectation } from './calls.js'

/** What one framework answered to one call. */
export interface Observed extends Expectation {
  readonly framework: string
  /** The credential itself showed in the answer or in an event. */
  readonly leaked: boolean
}

export interface Row {
  readonly group: string
  readonly call: Call
  readonly observed: readonly Observed[]
}

const FIELDS = ['status', 'id', 'verifier', 'code', 'challenge', 'retryAfter'] as const

/** What is wrong with a row, cell by cell; empty when every cell is as it must be. */
export function wrongCells({ group, call, observed }: Row): string[] {
  return observed.flatMap((cell) => {
    const name = `${group} / ${call.credential} / ${call.method} ${call.path} / ${cell.framework}`
    const wrong = FIELDS.filter((field) => cell[field] !== call.expect[field]).map(
      (field) => `${name}: ${field} is ${String(cell[field])}, must be ${String(call.expect[field])}`,
    )
    return cell.leaked ? [...wrong, `${name}: the credential leaked`] : wrong
  })
}

/** In short, what an answer tells the client to do next. */
function hint({ challenge, retryAfter }: Observed): string | null {
  if (challenge !== null) return /error="([^"]*)"/.exec(challenge)?.[1] ?? 'bare'
  return retryAfter ? 'Retry-After' : null
}

/** Aligned text, without any credential; a wrong status is marked with `!`. */
export function renderTable(rows: readonly Row[], frameworks: readonly string[]): string {
  const header = ['credential', 'call', ...frameworks, 'principal', 'verifier', 'code', 'challenge', 'shows']
  const lines = rows.map((row) => {
    const { call, observed } = row
    const statuses = observed.map(
      (cell) => `${cell.status}${wrongCells({ ...row, observed: [cell] }).length > 0 ? '!' : ''}`,
    )
    const same = (read: (cell: Observed) => string | null): string =>
      [...new Set(observed.map((cell) => read(cell) ?? '-'))].join(' ≠ ')
    return [
      call.credential,
      `${call.method} ${call.path}`,
      ...statuses,
      same(({ id }) => id),
      same(({ verifier }) => verifier),
      same(({ code }) => code),
      same(hint),
      call.shows,
    ]
  })
  const widths = header.map((_, column) =>
    Math.max(...[header, ...lines].map((cells) => (cells[column] as string).length)),
  )
  const format = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd()
  const output = [format(header), widths.map((width) => '─'.repeat(width)).join('  ')]
  rows.forEach((row, index) => {
    if (row.group !== rows[index - 1]?.group) output.push('', row.group)
    output.push(format(lines[index] as string[]))
  })
  const challenges = [...new Set(rows.map(({ call }) => call.expect.challenge))].filter((text) => text !== null)
  output.push('', 'challenge stands for WWW-Authenticate, whole:', ...challenges.map((text) => `  ${text}`))
  return output.join('\n')
}
