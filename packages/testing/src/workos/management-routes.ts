import type { WorkosKind } from './directory.js'

/** What a path names. */
export interface ManagementRoute {
  readonly kind: WorkosKind
  /** All of a kind, or one by its own id or the application's id. */
  readonly by: 'all' | 'id' | 'external_id'
  readonly id: string
}

const BASES: readonly (readonly [base: string, kind: WorkosKind])[] = [
  ['/user_management/users', 'user'],
  ['/organizations', 'organization'],
  ['/user_management/organization_memberships', 'organization_membership'],
]

/** Null: another endpoint. */
export function matchRoute(path: string): ManagementRoute | null {
  for (const [base, kind] of BASES) {
    if (path === base) return { kind, by: 'all', id: '' }
    if (!path.startsWith(`${base}/`)) continue
    const [first = '', second, ...more] = path.slice(base.length + 1).split('/')
    if (second === undefined) return { kind, by: 'id', id: decoded(first) }
    if (first === 'external_id' && more.length === 0 && kind !== 'organization_membership')
      return { kind, by: 'external_id', id: decoded(second) }
  }
  return null
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
