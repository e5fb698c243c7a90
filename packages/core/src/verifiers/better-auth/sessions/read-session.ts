import * as z from 'zod/mini'
import type { UNREADABLE } from '../../../settings/claim-source.js'
import { idIn, statedIn } from '../../../verify/jwt/mapped-claims.js'
import type { FoundSession, FoundUser } from './session.js'

export interface ReadSession {
  readonly found: FoundSession
  /** The token in the session, for checking it against the looked-up token. */
  readonly token: string | null
  /** The session's active organization; membership may have ended since. */
  readonly organizationId: string | null | typeof UNREADABLE
}

const id = z.union([z.string().check(z.minLength(1), z.maxLength(255)), z.int()])
const date = z.union([z.string(), z.number(), z.date()])
const flag = z.union([z.boolean(), z.number(), z.string()])

const user = z.object({
  id,
  email: readable(z.string()),
  emailVerified: readable(flag),
  name: readable(z.string()),
  image: readable(z.string()),
  role: readable(z.string()),
  banned: readable(flag),
  banExpires: readable(date),
})

const whole = z.object({
  session: z.object({
    id: readable(id),
    userId: id,
    expiresAt: date,
    createdAt: readable(date),
    impersonatedBy: readable(z.string()),
    token: readable(z.string()),
    activeOrganizationId: z.optional(z.unknown()),
  }),
  user,
})

/**
 * An unexpected value, for example from an app's own column, counts as absent. The default covers absent members:
 * without it, zod would create an issue for each and take five times as long.
 */
function readable<T>(schema: z.ZodMiniType<T>): z.ZodMiniType<T | null> {
  return z._default(z.catch(z.nullable(schema), null), null)
}

/**
 * Reads `{ session, user }` from Better Auth's JSON.
 *
 * @returns null for any other shape, for example one from the custom-session plugin.
 */
export function readSession(value: unknown): ReadSession | null {
  const read = z.safeParse(whole, value)
  if (!read.success) return null
  const { token, activeOrganizationId, ...session } = read.data.session
  const organizationId = statedIn(activeOrganizationId, idIn)
  return { found: { session, user: read.data.user }, token, organizationId }
}

/** Which member is wrong, and what it is instead: names and types, but no values. */
export function problemOf(value: unknown): string {
  const [issue] = z.safeParse(whole, value).error?.issues ?? []
  const path = issue?.path ?? []
  const found = path.reduce<unknown>((at, name) => (at as Record<PropertyKey, unknown> | undefined)?.[name], value)
  return `${path.length === 0 ? 'it' : `\`${path.join('.')}\``} is ${kindOf(found)}`
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'string' ? 'a string of another form' : `of the type ${typeof value}`
}

/** Reads a user; null without an id. */
export function readUser(value: unknown): FoundUser | null {
  const read = z.safeParse(user, value)
  return read.success ? read.data : null
}
