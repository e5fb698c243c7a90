import type { GroupResult } from './summary.js'
import { tableOf } from './table.js'

/** Fills in what stands between `<!-- bench:<group> -->` and `<!-- /bench:<group> -->`; the rest is written by hand. */
export function fillPage(page: string, results: readonly GroupResult[]): string {
  return results.reduce((text, result) => {
    const [begin, end] = [`<!-- bench:${result.name} -->`, `<!-- /bench:${result.name} -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from === -1 || to < from) throw new Error(`docs/performance.md has no place for ${result.name}`)
    return `${text.slice(0, from + begin.length)}\n\n${sectionOf(result)}\n\n${text.slice(to)}`
  }, page)
}

function sectionOf({ name, title, at, node, cores, rows }: GroupResult): string {
  return [
    `![${title}](plots/${name}.svg)`,
    tableOf(rows),
    `Measured on ${at.slice(0, 10)}, Node ${node.slice(1)}, ${cores} cores.`,
  ].join('\n\n')
}
