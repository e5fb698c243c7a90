import type { WorkosObjectKind } from '@dualauth/core'
import * as z from 'zod/mini'

/** How far an import came. */
export type Position =
  | { readonly list: 'users' | 'organizations'; readonly after: string | null }
  | {
      /** WorkOS lists memberships by organization only: of those of one page, the first is being read. */
      readonly list: 'memberships'
      readonly of: readonly string[]
      readonly after: string | null
      /** The page of organizations after it. */
      readonly following: string | null
    }
  | { readonly list: 'none' }

const after = z.nullable(z.string().check(z.regex(/^\w{1,128}$/)))
const ids = z.array(z.string().check(z.regex(/^\w{1,128}$/))).check(z.minLength(1), z.maxLength(100))
const schema: z.ZodMiniType<Position> = z.discriminatedUnion('list', [
  z.object({ list: z.enum(['users', 'organizations']), after }),
  z.object({ list: z.literal('memberships'), of: ids, after, following: after }),
  z.object({ list: z.literal('none') }),
])

export const BEGINNING: Position = { list: 'users', after: null }

/** @param stored As `JSON.stringify` wrote it; what cannot be read begins again, which does no harm. */
export function readPosition(stored: string | null): Position {
  try {
    const found = z.safeParse(schema, JSON.parse(stored ?? 'null'), { jitless: true })
    return found.success ? found.data : BEGINNING
  } catch {
    return BEGINNING
  }
}

/** A page to ask for. */
interface ListedPage {
  readonly kind: WorkosObjectKind
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

/** Null: everything was read. */
export function listOf(position: Position): ListedPage | null {
  if (position.list === 'none') return null
  const from = position.after === null ? {} : { after: position.after }
  switch (position.list) {
    case 'users':
      return { kind: 'user', path: '/user_management/users', query: from }
    case 'organizations':
      return { kind: 'organization', path: '/organizations', query: from }
    case 'memberships': {
      // By default WorkOS lists the active ones; whoever was deactivated is to stay out here as well.
      const query = { organization_id: position.of[0]!, statuses: 'active,inactive,pending', ...from }
      return { kind: 'organization_membership', path: '/user_management/organization_memberships', query }
    }
  }
}

/**
 * @param next As the page said; null after the last one.
 * @param found The ids of the objects of the page.
 */
export function nextOf(position: Position, next: string | null, found: readonly string[]): Position {
  switch (position.list) {
    case 'none':
      return position
    case 'users':
      return next === null ? { list: 'organizations', after: null } : { list: 'users', after: next }
    case 'organizations':
      return found.length > 0
        ? { list: 'memberships', of: [...found], after: null, following: next }
        : organizationsFrom(next)
    case 'memberships': {
      if (next !== null) return { ...position, after: next }
      const of = position.of.slice(1)
      return of.length > 0 ? { ...position, of, after: null } : organizationsFrom(position.following)
    }
  }
}

function organizationsFrom(next: string | null): Position {
  return next === null ? { list: 'none' } : { list: 'organizations', after: next }
}
