import type { Printer } from '../terminal/printer.js'

const NAMES: Readonly<Record<string, string>> = {
  organization: 'Organizations',
  person: 'People',
  membership: 'Memberships',
  group: 'Groups',
}

/** Results of the rows of each step. Empty columns and steps are left out. */
export function printCounts(out: Printer, counts: Readonly<Record<string, object>>): void {
  const steps = Object.entries(counts).map(
    ([kind, of]) => [kind, new Map(Object.entries(of) as [string, number][])] as const,
  )
  const seen = steps.filter(([, of]) => [...of.values()].some((count) => count > 0))
  const columns = [...new Set(seen.flatMap(([, of]) => [...of].filter(([, count]) => count > 0).map(([name]) => name)))]
  if (seen.length === 0) return out.line('There was nothing to do.')
  out.table([
    ['', ...columns.map(wordsOf)],
    ...seen.map(([kind, of]) => [nameOf(kind), ...columns.map((name) => String(of.get(name) ?? 0))]),
  ])
}

export function nameOf(kind: string): string {
  return NAMES[kind] ?? kind
}

/** `resetRequired` as `reset required`. */
export function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
