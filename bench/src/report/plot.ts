import { formatMet, formatTarget, formatValue } from './format.js'
import type { GroupResult, Spread, Summary } from './summary.js'

const WIDTH = 760
const LEFT = 220
const BAR_SPACE = 430
const LINE = 20
const BAR = 13
const GAP = 16
const TITLE = 34

/** Readable on white and on black: browsers choose by `prefers-color-scheme`, others get the first. */
const STYLE = [
  'text{font:12px system-ui,sans-serif;fill:#1f2328}',
  '.title{font-size:15px;font-weight:600}.what{font-weight:600}.faint{fill:#59636e}',
  '.ours{fill:#0969da}.peer{fill:#bf8700}.bare,.limit{fill:#8c959f}.goal{fill:#cf222e}',
  '@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.faint{fill:#9198a1}',
  '.ours{fill:#4493f8}.peer{fill:#d29922}.bare,.limit{fill:#656c76}}',
].join('')

type Kind = 'limit' | 'bare' | 'ours' | 'peer'

interface Bar {
  readonly kind: Kind
  readonly name: string
  readonly spread: Spread
}

/** Rows of the table that measure the same thing. */
interface Block {
  readonly what: string
  readonly unit: string
  readonly bars: readonly Bar[]
  /** A value that is asked for itself, to be marked on the scale. */
  readonly goal: number | null
  readonly verdicts: readonly string[]
}

/** One plot of a group: a block of bars for everything it measures, each with a scale of its own that begins at 0. */
export function plotOf({ title, rows }: Pick<GroupResult, 'title' | 'rows'>): string {
  const lines: string[] = []
  let y = TITLE
  for (const block of blocksOf(rows)) {
    const [height, drawn] = drawBlock(block, y)
    lines.push(...drawn)
    y += height
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}</style>`,
    text(8, 20, title, 'title'),
    ...lines,
    '</svg>\n',
  ].join('\n')
}

function drawBlock({ what, unit, bars, goal, verdicts }: Block, top: number): [height: number, lines: string[]] {
  const longest = Math.max(...bars.map(({ spread }) => spread.median), goal ?? Number.MIN_VALUE)
  const better = unit.endsWith('/s') ? 'longer is better' : 'shorter is better'
  const lines = [text(8, top + 14, what, 'what'), text(WIDTH - 8, top + 14, `${unit}, ${better}`, 'faint', 'end')]
  let y = top + LINE
  for (const { kind, name, spread } of bars) {
    const width = Math.max(1, (spread.median / longest) * BAR_SPACE)
    lines.push(text(LEFT - 8, y + 11, name, '', 'end'))
    lines.push(`<rect class="${kind}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`)
    lines.push(text(Number((LEFT + width + 6).toFixed(1)), y + 11, formatValue(spread.median)))
    y += LINE
  }
  if (goal !== null) {
    const x = LEFT + (goal / longest) * BAR_SPACE
    lines.push(`<rect class="goal" x="${x.toFixed(1)}" y="${top + LINE - 3}" width="2" height="${y - top - LINE}"/>`)
  }
  for (const verdict of verdicts) {
    lines.push(text(LEFT, y + 11, verdict, 'faint'))
    y += LINE
  }
  return [y - top + GAP, lines]
}

function blocksOf(rows: readonly Summary[]): Block[] {
  const titles = [...new Set(rows.map(({ what, unit }) => JSON.stringify([what, unit])))]
  return titles.map((title) => {
    const [what, unit] = JSON.parse(title) as [string, string]
    const own = rows.filter((row) => row.what === what && row.unit === unit)
    const bars = new Map(own.flatMap(barsOf).map((bar) => [`${bar.kind} ${bar.name}`, bar]))
    const order: Kind[] = ['limit', 'bare', 'ours', 'peer']
    return {
      what,
      unit,
      bars: [...bars.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)),
      goal: own.find(({ target }) => target.figure === 'ours')?.target.atMost ?? null,
      verdicts: own.filter(({ met }) => met !== null).map(verdictOf),
    }
  })
}

function barsOf({ series, peerName, limitName }: Summary): Bar[] {
  const named: [Kind, string, Spread | undefined][] = [
    ['limit', limitName ?? 'limit', series.limit],
    ['bare', 'bare app', series.bare],
    ['ours', 'dualauth', series.ours],
    ['peer', peerName ?? 'peer', series.peer],
  ]
  return named.flatMap(([kind, name, spread]) => (spread === undefined ? [] : [{ kind, name, spread }]))
}

function verdictOf({ target, peerName, figure, met }: Summary): string {
  const name =
    target.figure.includes('peer') && peerName !== null ? target.figure.replace('peer', peerName) : target.figure
  return `${name}: ${formatValue(figure)}, asked ${formatTarget(target)}: ${formatMet(met)}`
}

function text(x: number, y: number, content: string, name = '', anchor: 'start' | 'end' = 'start'): string {
  const attributes = `${name === '' ? '' : ` class="${name}"`}${anchor === 'end' ? ' text-anchor="end"' : ''}`
  return `<text x="${x}" y="${y}"${attributes}>${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
