import { AuthError } from '@dualauth/core'

/** How many passwords are checked at a time, and how many may wait. */
export interface QueueSettings {
  readonly concurrency: number
  readonly queueLimit: number
  readonly maxWaitMs: number
}

/**
 * Runs a piece of work when it is its turn.
 *
 * @throws {AuthError} `password_checks_busy`
 */
export type Enqueue = <T>(work: () => Promise<T>) => Promise<T>

interface Waiting {
  start(): void
}

/**
 * First come, first served. Too many at once are refused at once, and who has waited too long is refused, too: their clients have
 * given up, and their work would be in the way of others.
 */
export function createQueue({ concurrency, queueLimit, maxWaitMs }: QueueSettings): Enqueue {
  const waiting = new Set<Waiting>()
  let running = 0

  const turn = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const entry: Waiting = {
        start() {
          clearTimeout(timer)
          waiting.delete(entry)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        waiting.delete(entry)
        reject(busy())
      }, maxWaitMs)
      waiting.add(entry)
    })

  return async (work) => {
    if (running < concurrency) running++
    else if (waiting.size >= queueLimit) throw busy()
    // The place of the one that ends is handed on, so that nobody overtakes.
    else await turn()
    try {
      return await work()
    } finally {
      const [next] = waiting
      if (next === undefined) running--
      else next.start()
    }
  }
}

function busy(): AuthError {
  return new AuthError('password_checks_busy')
}
