import { isPending, type MaybePromise } from './maybe-promise.js'

/** Remembers a promise's value: once it has settled, the value is returned without a promise. */
export function atHand<T>(made: MaybePromise<T>): () => MaybePromise<T> {
  let value = made
  if (isPending(made))
    Promise.resolve(made).then(
      (became) => {
        value = became
      },
      () => {},
    )
  return () => value
}

/** All values; without a promise if none of them is one. */
export function allOf<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  return values.some((value) => isPending(value)) ? Promise.all(values) : (values as readonly T[])
}
