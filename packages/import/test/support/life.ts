import type { Query } from '@dualauth/core'
import type { Target } from '../../src/index.js'

/** A process that ends at a certain step, and of which nothing is heard after that. */
export interface Life {
  /** One more step; throws from the last one on. */
  step(): Promise<void>
  readonly isOver: boolean
  /** Steps so far. */
  readonly steps: number
  query(query: Query): Query
  target(target: Target): Target
}

/** @param ends After so many steps: before, within and after every statement and call. */
export function lifeOf(ends: number): Life {
  let steps = 0
  const step = async (): Promise<void> => {
    steps++
    if (steps >= ends) throw new Error('killed')
  }
  const wrapped =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await step()
      const answer = await call(...args)
      await step()
      return answer
    }
  return {
    step,
    get isOver() {
      return steps >= ends
    },
    get steps() {
      return steps
    },
    query: wrapped,
    target: (target) => ({
      ...target,
      find: wrapped(target.find),
      create: wrapped(target.create),
      remove: wrapped(target.remove!),
      ...(target.update !== undefined && { update: wrapped(target.update) }),
    }),
  }
}
