/** Web Locks of one browser, for clients that are its tabs; the real ones are tested in Chromium. */
export function createLocks(): { request: LockManager['request']; readonly held: string[] } {
  const held: string[] = []
  const tails = new Map<string, Promise<unknown>>()
  const request = async (name: string, { signal }: LockOptions, task: (lock: Lock) => unknown): Promise<unknown> => {
    const before = tails.get(name) ?? Promise.resolve()
    const mine = before.then(async () => {
      signal?.throwIfAborted()
      held.push(name)
      return task({ name, mode: 'exclusive' })
    })
    tails.set(
      name,
      mine.catch(() => {}),
    )
    return mine
  }
  return { request: request as LockManager['request'], held }
}
