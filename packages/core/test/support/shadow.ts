import type { AuthEvent, AuthRequest, DualAuth, PermissionRule } from '../../src/index.js'
import type { Move } from './migration.js'

type Mismatch = Extract<AuthEvent, { readonly type: 'shadow_mismatch' }>

/** What was found so far, in one line each: the comparison, then its class with the permissions or the code. */
export async function found({ auth, events }: Pick<Move, 'auth' | 'events'>): Promise<readonly string[]> {
  await auth.flush()
  return mismatches(events).map((one) =>
    [one.comparison, one.class + (one.critical ? '!' : ''), ...one.permissions, one.code].filter(Boolean).join(' '),
  )
}

export function mismatches(events: readonly AuthEvent[]): readonly Mismatch[] {
  return events.filter((event) => event.type === 'shadow_mismatch')
}

/** How the comparisons ended. */
export async function results({ auth, events }: Pick<Move, 'auth' | 'events'>): Promise<readonly string[]> {
  await auth.flush()
  return events.flatMap((event) => (event.type === 'shadow_compared' ? [`${event.comparison} ${event.result}`] : []))
}

/** One guard for a permission on one request. */
export async function ask(auth: DualAuth, request: AuthRequest, rule: PermissionRule): Promise<string> {
  const call = { request, native: null, memo: {}, keep: () => {} }
  return (await auth.guard(call, { kind: 'permission', rule })).kind
}
