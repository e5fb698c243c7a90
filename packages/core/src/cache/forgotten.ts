/** Of the last that a fresh look refused, each may be judged elsewhere at the same time. */
const MAX_FORGOTTEN = 1_000

/** What was forgotten while somebody judges it does not come back when he is done. */
export interface Forgotten {
  /** Grows with each that is forgotten; a judging notes it when it begins. */
  readonly era: number
  forget(index: string): void
  /** Whether it was forgotten after that era; true where that cannot be told any more. */
  since(index: string, era: number): boolean
}

/** Bounded: whoever is refused in great numbers may keep a few others from being remembered, nobody else. */
export function createForgotten(): Forgotten {
  const eras = new Map<string, number>()
  let era = 0
  let floor = 0
  return {
    get era() {
      return era
    },
    forget(index) {
      eras.delete(index)
      eras.set(index, ++era)
      for (const [oldest, at] of eras) {
        if (eras.size <= MAX_FORGOTTEN) break
        eras.delete(oldest)
        floor = at
      }
    },
    since: (index, began) => began < floor || (eras.get(index) ?? 0) > began,
  }
}
