import type { Kind } from '../ports/rows.js'

/** What became of the rows of one step. Each row read is counted once, except in `resetRequired`. */
export interface StepCounts {
  readonly read: number
  /** Created in the target now. */
  readonly created: number
  /** Were already in the target as this very item, and are now linked. */
  readonly adopted: number
  /** Had changed in the source, and were sent again. */
  readonly updated: number
  /** Done by an earlier run. */
  readonly unchanged: number
  /** Somebody must decide. */
  readonly conflicts: number
  readonly failed: number
  /** Need something that is not imported yet, such as the person of a membership; or exceed `limit`. */
  readonly waiting: number
  /** Another process is working on them. */
  readonly busy: number
  /** Of those in the target: the password could not be imported. */
  readonly resetRequired: number
}

/** How a row is counted. */
export type Outcome = Exclude<keyof StepCounts, 'read' | 'resetRequired'>

/** What `onProgress` receives. */
export interface Progress {
  readonly kind: Kind
  /** How many rows this step has, of which `read` are done; null if unknown, as with `only`. */
  readonly total: number | null
  /** For `verify` and `rollback`, only `read`. */
  readonly counts: Readonly<Record<Kind, StepCounts>>
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Counts in progress. */
export type Counts = Readonly<Record<Kind, Mutable<StepCounts>>>

const NONE: StepCounts = Object.freeze({
  read: 0,
  created: 0,
  adopted: 0,
  updated: 0,
  unchanged: 0,
  conflicts: 0,
  failed: 0,
  waiting: 0,
  busy: 0,
  resetRequired: 0,
})

export function createCounts(): Counts {
  return { organization: { ...NONE }, person: { ...NONE }, membership: { ...NONE }, group: { ...NONE } }
}

export function snapshot(counts: Counts): Readonly<Record<Kind, StepCounts>> {
  return {
    organization: { ...counts.organization },
    person: { ...counts.person },
    membership: { ...counts.membership },
    group: { ...counts.group },
  }
}
