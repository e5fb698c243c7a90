/** What is at hand, or takes a promise. */
export type MaybePromise<T> = T | Promise<T>

/**
 * Whether a value has to be waited for. Not `instanceof Promise`: the global may have been replaced
 * (zone.js), the platform's promises may be another realm's, and stubs of remote procedures are
 * functions with a `then`. A promise that is taken for a value would count as true.
 */
export function isPending<T>(value: MaybePromise<T> | PromiseLike<T>): value is Promise<T> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/**
 * Goes on at once where the value is there: three nested `await`s cost as much as a look-up in the memory. On the path
 * of a remembered credential even the closure counts: there, a question chooses between two calls of one function. `isPending`
 * has met objects of every kind, and the engine looks their `then` up without an inline cache; so what is made in this package
 * is recognised by a member that no promise has, such as `'ok' in resolution`.
 */
export function andThen<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPending(value) ? Promise.resolve(value).then(next) : next(value)
}

/** What an app's own function returned, query builders and other thenables as promises. */
export function promised<T>(value: T | PromiseLike<T>): MaybePromise<T> {
  return isPending(value) ? Promise.resolve(value) : (value as T)
}

/** Calls an app's own function, or what leads to one; `fail` decides where it throws or rejects. */
export function attempt<T, U>(call: () => T | PromiseLike<T>, fail: (cause: unknown) => U): MaybePromise<T | U> {
  try {
    const answer = promised(call())
    return isPending(answer) ? answer.catch(fail) : answer
  } catch (cause) {
    return fail(cause)
  }
}
