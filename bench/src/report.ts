import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { median, medianRatio } from './median.js'

/** One line of the table: the same thing measured in turns for ours, a peer and the bare minimum. */
export interface Row {
  readonly what: string
  readonly unit: 'requests/s' | 'µs'
  readonly peerName: string
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  readonly bare: readonly number[]
}

function summarize({ what, unit, peerName, ours, peer, bare }: Row) {
  return {
    what,
    unit,
    peerName,
    ours: median(ours),
    peer: median(peer),
    bare: median(bare),
    oursToBare: medianRatio(ours, bare),
    peerToBare: medianRatio(peer, bare),
    oursToPeer: medianRatio(ours, peer),
  }
}

/** A Markdown table, aligned so that it reads in a terminal too. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { what, unit, peerName, ours, peer, bare, oursToBare, peerToBare, oursToPeer } = summarize(row)
    const measured = [ours, peer, bare].map((value) => format(value))
    const ratios = [oursToBare, peerToBare, oursToPeer].map((value) => value.toFixed(2))
    return [what, unit, peerName, ...measured, ...ratios]
  })
  const head = ['what', 'unit', 'peer', 'ours', 'peer', 'bare', 'ours/bare', 'peer/bare', 'ours/peer']
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => (line[i] as string).length)))
  const line = (values: readonly string[]) =>
    `| ${values.map((value, i) => (i < 3 ? value.padEnd(widths[i] as number) : value.padStart(widths[i] as number))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (i < 3 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...cells.map(line)].join('\n')
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 100 ? 0 : 1)
}

/** Keeps every sample, so that a later run can be compared. @returns The path. */
export function writeReport(rows: readonly Row[], run: { readonly quick: boolean; readonly seconds: number }): string {
  const folder = new URL('../../.cache/bench/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const file = new URL(run.quick ? 'quick.json' : 'latest.json', folder)
  const report = {
    at: new Date().toISOString(),
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? null,
    ...run,
    rows: rows.map((row) => ({ ...summarize(row), samples: { ours: row.ours, peer: row.peer, bare: row.bare } })),
  }
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  return fileURLToPath(file)
}
