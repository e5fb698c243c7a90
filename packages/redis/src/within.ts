/** Clients queue a command while their server is down: nobody waits that long. */
export function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('redis: no answer in time')), timeoutMs)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
