/** A value, or a promise of it. */
export type MaybePromise<T> = T | Promise<T>

/**
 * Whether a value must be awaited. Not `instanceof Promise`: the global may have been replaced (zone.js), promises may
 * come from another realm, and RPC stubs are functions with a `then`. A promise mistaken for a value would count as
 * true.
 */
export function isPending<T>(value: MaybePromise<T> | PromiseLike<T>): value is Promise<T> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/**
 * Continues at once if the value is not a promise: three nested `await`s cost as much as a look-up in the memory. For a
 * remembered credential even the closure matters, so callers there check first and call the next function directly.
 * `isPending` sees objects of every kind, so the engine looks up their `then` without an inline cache. This package's
 * own objects are therefore recognised by a member that no promise has, such as `'ok' in resolution`.
 */
export function andThen<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPending(value) ? Promise.resolve(value).then(next) : next(value)
}

/** The return value of an app's function, with query builders and other thenables as promises. */
export function promised<T>(value: T | PromiseLike<T>): MaybePromise<T> {
  return isPending(value) ? Promise.resolve(value) : (value as T)
}

/** Calls an app's function, or code that leads to one; `fail` handles a throw or a rejection. */
export function attempt<T, U>(call: () => T | PromiseLike<T>, fail: (cause: unknown) => U): MaybePromise<T | U> {
  try {
    const answer = promised(call())
    return isPending(answer) ? answer.catch(fail) : answer
  } catch (cause) {
    return fail(cause)
  }
}
