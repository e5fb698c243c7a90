/** The error that this one wraps: Drizzle and others have it as their cause; Prisma's drivers are adapters since 7. */
export function innerErrorOf(error: unknown): unknown {
  return memberOf(error, 'cause') ?? memberOf(memberOf(error, 'meta'), 'driverAdapterError')
}

/** The innermost: errors that wrap it reveal more. */
export function deepest(error: unknown): unknown {
  let found = error
  for (let depth = 0; depth < 4; depth++) {
    const inner = innerErrorOf(found)
    if (typeof inner !== 'object' || inner === null) break
    found = inner
  }
  return found
}

export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
