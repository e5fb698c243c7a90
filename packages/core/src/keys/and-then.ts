import type { MaybePromise } from './crypto.js'

/** Goes on at once where the value is there: three nested `await`s cost as much as a look-up in the memory. */
export function andThen<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** What an app's own function returned: query builders and promises of other libraries are waited for as well. */
export function promised<T>(value: T | PromiseLike<T>): MaybePromise<T> {
  if (value instanceof Promise || !isThenable(value)) return value as MaybePromise<T>
  return Promise.resolve(value)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
