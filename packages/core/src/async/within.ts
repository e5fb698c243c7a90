/** The promise's value, or null if that takes too long. */
export function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), milliseconds)
    const settled = (): void => clearTimeout(timer)
    promise.then(resolve, reject).then(settled, settled)
  })
}
