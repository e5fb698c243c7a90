import type { MaybePromise } from '../keys/crypto.js'

/** A date as databases and drivers hand it out: Date, ISO text, or a number of seconds or milliseconds. */
export type DateInput = Date | string | number | bigint

/** A Better Auth session and its user, as a look-up found them. */
export interface FoundSession {
  readonly session: {
    readonly id: string | number
    readonly userId: string | number
    readonly expiresAt: DateInput
    readonly createdAt?: DateInput | null
    readonly impersonatedBy?: string | null
  }
  /** Null when the user is gone: the session is then refused. */
  readonly user: {
    readonly id: string | number
    readonly email?: string | null
    readonly emailVerified?: boolean | number | string | null
    readonly name?: string | null
    readonly image?: string | null
    /** Comma-separated, as the admin plugin stores them. */
    readonly role?: string | null
    readonly banned?: boolean | number | string | null
    readonly banExpires?: DateInput | null
  } | null
  /** Only a membership that the look-up confirmed; `activeOrganizationId` alone proves nothing. */
  readonly organization?: { readonly id: string; readonly roles?: readonly string[] } | null
}

/**
 * Finds the session of a token. Null means that there is none; a throw means "cannot tell" and
 * becomes 503. The token is a credential: never log it.
 */
export type FindSession = (token: string) => MaybePromise<FoundSession | null>

const SECONDS_UNTIL = 100_000_000_000

/** Milliseconds since the epoch, or null. A text without a zone is UTC: that is what Better Auth writes. */
export function toMilliseconds(value: DateInput | null | undefined): number | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return finite(value.getTime())
  if (typeof value === 'string' && !/^\d+$/.test(value)) return finite(Date.parse(asUtc(value)))
  const number = Number(value)
  return finite(number < SECONDS_UNTIL ? number * 1000 : number)
}

function asUtc(text: string): string {
  const iso = text.trim().replace(' ', 'T')
  return /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i.test(iso) ? iso.replace(/([+-]\d{2})$/, '$1:00') : `${iso}Z`
}

function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null
}

/** Databases without booleans hold 0 and 1. */
export function toBoolean(value: boolean | number | string | bigint | null | undefined): boolean {
  return value === true || value === 1 || value === 1n || value === '1' || value === 't' || value === 'true'
}
