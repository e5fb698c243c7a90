import { isPending, type MaybePromise } from './maybe-promise.js'

/** Remembers what a promise became: from then on, asking costs none. */
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

/** All of them, without a promise where every one is at hand. */
export function allOf<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  return values.some((value) => isPending(value)) ? Promise.all(values) : (values as readonly T[])
}
