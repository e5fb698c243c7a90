import type { Row } from './row.js'

/** One part of the table: everything that is measured against each other in one setting. */
export interface Group {
  /** Of `--only <name>`, of the plot's file, and of its place in docs/performance.md. */
  readonly name: string
  readonly title: string
  /** Starts what it needs, checks that every contender refuses what it must, measures, and stops everything. */
  measure(plan: Plan): Promise<readonly Row[]>
}

export interface Plan {
  /** A smoke test of the bench: too short to quote. */
  readonly quick: boolean
}
