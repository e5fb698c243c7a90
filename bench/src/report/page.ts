import { formatTarget, formatValue } from './format.js'
import type { GroupResult, Summary } from './summary.js'
import { aligned, tableOf } from './table.js'

/** Fills in what stands between `<!-- bench:<name> -->` and `<!-- /bench:<name> -->`; the rest is written by hand. */
export function fillPage(page: string, results: readonly GroupResult[]): string {
  const sections = results.map((result) => [result.name, sectionOf(result)] as const)
  return sections.reduce(
    (text, [name, section]) => fill(text, name, section),
    fill(fill(page, 'summary', summaryOf(results)), 'short', shortOf(results)),
  )
}

function fill(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/performance.md has no place for ${name}`)
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`
}

function sectionOf({ name, title, at, node, cpu, cores, rows }: GroupResult): string {
  return [
    `![${title}](plots/${name}.svg)`,
    tableOf(rows),
    `Measured on ${at.slice(0, 10)}, Node ${node.slice(1)}, ${cores} cores of ${cpu}.`,
  ].join('\n\n')
}

/** How many times as fast as each library beside it. */
function shortOf(results: readonly GroupResult[]): string {
  const rows = results.flatMap((result) => result.rows).filter(({ target }) => /peer \/|\/ peer/.test(target.figure))
  const lines = rows.map((row) => [row.what, row.peerName ?? '', formatValue(speedupOf(row))])
  return aligned(['what', 'beside', 'times as fast'], ['what', 'beside'], lines)
}

function speedupOf({ target, unit, figure }: Summary): number {
  return target.figure === 'peer / ours' || unit.startsWith('requests') ? figure : 1 / figure
}

/** How many targets are met, and each that is not. */
function summaryOf(results: readonly GroupResult[]): string {
  const judged = results.flatMap(({ title, rows }) =>
    rows.filter(({ met }) => met !== null).map((row) => ({ title, row })),
  )
  const missed = judged.filter(({ row }) => row.met === false)
  const count = `${judged.length - missed.length} of ${judged.length} targets are met.`
  if (missed.length === 0) return count
  return [`${count} Not met:`, missed.map(({ title, row }) => `- ${title}: ${missOf(row)}`).join('\n')].join('\n\n')
}

function missOf({ what, target, peerName, figure }: Summary): string {
  const name = peerName === null ? '' : ` (${peerName})`
  return `${what}: ${target.figure}${name} is ${formatValue(figure)}, asked ${formatTarget(target)}`
}
