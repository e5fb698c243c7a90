import { own, type JsonObject } from '../../../route/jwt.js'
import type { DateInput } from '../../../sql/column-values.js'
import type { FoundSession, FoundUser } from './session.js'

export interface ReadSession {
  readonly found: FoundSession
  /** The token that the session names; a look-up by it must find it again. */
  readonly token: string | null
}

/**
 * Reads `{ session, user }` as Better Auth writes it in JSON, member by member.
 * `activeOrganizationId` is not taken over: membership may have ended since.
 *
 * @returns null for any other shape, such as what the custom-session plugin may make of it.
 */
export function readSession(value: unknown): ReadSession | null {
  const whole = objectOf(value)
  const session = objectOf(own(whole, 'session'))
  const user = readUser(own(whole, 'user'))
  const [userId, expiresAt] = [idOf(session, 'userId'), dateOf(session, 'expiresAt')]
  if (userId === null || expiresAt === null || user === null) return null
  return {
    found: {
      session: {
        id: idOf(session, 'id'),
        userId,
        expiresAt,
        createdAt: dateOf(session, 'createdAt'),
        impersonatedBy: textOf(session, 'impersonatedBy'),
      },
      user,
    },
    token: textOf(session, 'token'),
  }
}

/** Reads a user; null without an id. */
export function readUser(value: unknown): FoundUser | null {
  const user = objectOf(value)
  const id = idOf(user, 'id')
  if (id === null) return null
  return {
    id,
    email: textOf(user, 'email'),
    emailVerified: flagOf(user, 'emailVerified'),
    name: textOf(user, 'name'),
    image: textOf(user, 'image'),
    role: textOf(user, 'role'),
    banned: flagOf(user, 'banned'),
    banExpires: dateOf(user, 'banExpires'),
  }
}

export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function textOf(object: JsonObject, name: string): string | null {
  const value = own(object, name)
  return typeof value === 'string' ? value : null
}

function idOf(object: JsonObject, name: string): string | number | null {
  const value = own(object, name)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  return typeof value === 'string' && value !== '' && value.length <= 255 ? value : null
}

function flagOf(object: JsonObject, name: string): boolean | number | string | null {
  const value = own(object, name)
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' ? value : null
}

function dateOf(object: JsonObject, name: string): DateInput | null {
  const value = own(object, name)
  return value instanceof Date || typeof value === 'string' || typeof value === 'number' ? value : null
}
