import type { Instrument, Labels, Sample } from './port.js'

/** One series of a counter. */
export interface Cell {
  value: number
}

/** All series of one counter. */
export interface Series {
  /** @param values In the order of the instrument's labels. */
  at(...values: readonly string[]): Cell
  samples(): readonly Sample[]
}

/** Replaces the value of a label that there is no room for. */
const OTHER = 'other'
/** More than the closed lists of any instrument allow; further series are counted together. */
const MOST_SERIES = 2_000

export function createSeries({ labels }: Pick<Instrument, 'labels'>): Series {
  const cells = new Map<string, { readonly labels: Labels; readonly cell: Cell }>()

  function add(key: string, values: readonly string[]): Cell {
    const named = Object.fromEntries(labels.map((label, place) => [label, values[place] as string]))
    const cell: Cell = { value: 0 }
    cells.set(key, { labels: named, cell })
    return cell
  }

  function at(...values: readonly string[]): Cell {
    const key = values.join('\n')
    const found = cells.get(key)
    if (found !== undefined) return found.cell
    if (cells.size < MOST_SERIES) return add(key, values)
    const others = values.map(() => OTHER)
    const shared = others.join('\n')
    return cells.get(shared)?.cell ?? add(shared, others)
  }

  return { at, samples: () => [...cells.values()].map((one) => ({ labels: one.labels, value: one.cell.value })) }
}

/** A name from the configuration: a verifier, a migration, a source. */
const NAME = /^[A-Za-z][\w. -]{0,79}$/
/** How many of one kind at most. */
const MOST_NAMES = 64

/** Lets the first names through, and nothing that is not a name. */
export function createNames(): (name: string) => string {
  const known = new Set<string>()
  return (name) => {
    if (known.has(name)) return name
    if (known.size >= MOST_NAMES || !NAME.test(name)) return OTHER
    known.add(name)
    return name
  }
}

/** Tells a value outside the closed list from none at all: null becomes `none`. */
export function listed(list: Readonly<Record<string, true>>, value: string | null | undefined): string {
  if (value === null || value === undefined) return 'none'
  return Object.hasOwn(list, value) ? value : OTHER
}
