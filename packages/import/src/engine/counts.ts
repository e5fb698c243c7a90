import type { Kind } from '../ports/rows.js'

/** What became of the rows of one step. Each row that was read is counted once, but for `resetRequired`. */
export interface StepCounts {
  readonly read: number
  /** Made in the target now. */
  readonly created: number
  /** Were in the target already, as this very item, and are linked now. */
  readonly adopted: number
  /** Had changed in the source, and were sent again. */
  readonly updated: number
  /** Done by an earlier run. */
  readonly unchanged: number
  /** Somebody must decide. */
  readonly conflicts: number
  readonly failed: number
  /** Need something that is not imported yet, such as the person of a membership; or more than `limit`. */
  readonly waiting: number
  /** Another process is at them. */
  readonly busy: number
  /** Of those that are in the target: the password could not be taken along. */
  readonly resetRequired: number
}

/** How a row is counted. */
export type Outcome = Exclude<keyof StepCounts, 'read' | 'resetRequired'>

/** What `onProgress` is given. */
export interface Progress {
  readonly kind: Kind
  /** How many rows of this step there are, of which `read` are done; null if nobody knows, as with `only`. */
  readonly total: number | null
  /** Of `verify` and `rollback`, only `read`. */
  readonly counts: Readonly<Record<Kind, StepCounts>>
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Counts that grow. */
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
