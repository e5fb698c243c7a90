import { isTargetError, TargetError } from '../ports/target-error.js'
import type { TargetCall } from '../ports/target.js'
import { callOf, type Engine } from './engine.js'

const ATTEMPTS = 7
const FIRST_MS = 250
const LONGEST_MS = 30_000
/** After this many items in a row could not be asked about, the items are not the cause. */
const UNREACHED = 10

/** The result of a call: its answers, or why there are none. */
export type Answered<T> =
  | { readonly ok: true; readonly answers: readonly T[] }
  | { readonly ok: false; readonly why: 'rejected' | 'unreached' | 'unknown' | 'stopped'; readonly code: string }

/**
 * Asks the target, and asks again if it says that nothing has happened. A call that only reads is repeated after any
 * loss.
 * @param sends The call changes something: if no answer came, it is not repeated.
 * @throws Anything a target throws that is not a `TargetError`, and anything that ends the run.
 */
export async function ask<T>(
  engine: Engine,
  sends: boolean,
  size: number,
  call: (call: TargetCall) => Promise<readonly T[]>,
): Promise<Answered<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answers = await call(callOf(engine))
      if (answers.length !== size) throw new TypeError(`the target answered ${answers.length} of ${size} items`)
      engine.unreached.count = 0
      return { ok: true, answers }
    } catch (error) {
      // The call was waiting for its turn.
      if (engine.stopping.aborted && error === engine.stopping.reason) return STOPPED
      if (!isTargetError(error) || error.kind === 'fatal') throw error
      noteIn(engine, error)
      if (error.kind === 'rejected') return { ok: false, why: 'rejected', code: error.code }
      if (error.kind === 'unknown_outcome' && sends) return { ok: false, why: 'unknown', code: error.code }
      if (attempt === ATTEMPTS) return unreached(engine, error)
      await engine.clock.sleep(error.retryAfterMs ?? pauseAfter(attempt), engine.stopping)
      if (engine.stopping.aborted) return STOPPED
    }
  }
}

const STOPPED = Object.freeze({ ok: false, why: 'stopped', code: 'given_back' } as const)

/** Half of the pause is random, so calls that failed together do not return together. */
export function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempts - 1)) * (0.5 + 0.5 * Math.random())
}

function noteIn({ pacer }: Engine, error: TargetError): void {
  if (error.slowDown) pacer.slowDown()
  if (error.retryAfterMs !== null) pacer.pause(error.retryAfterMs)
}

function unreached<T>(engine: Engine, error: TargetError): Answered<T> {
  if (++engine.unreached.count >= UNREACHED)
    throw new TargetError('fatal', { code: 'target_unavailable', cause: error })
  return { ok: false, why: 'unreached', code: error.code }
}
