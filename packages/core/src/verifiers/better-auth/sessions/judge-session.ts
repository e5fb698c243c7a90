import { plainError } from '../../../errors/plain-error.js'
import { UNREADABLE } from '../../../settings/claim-source.js'
import { identityOf } from '../../../verify/identity.js'
import { rejected, type Verification, type VerifiedIdentity } from '../../../route/verifier.js'
import { isSet, toBoolean, toIsoText, toMilliseconds } from '../../../sql/column-values.js'
import { idIn, statedIn } from '../../../verify/jwt/mapped-claims.js'
import type { FoundSession, FoundUser } from './session.js'

/** The type of `principal.claims` for Better Auth. The session token is never part of it. */
export interface BetterAuthClaims {
  /** Null for a token of the JWT plugin, which does not name a session. */
  readonly session: {
    /** Null if the server gave it none; see `FoundSession`. */
    readonly id: string | null
    readonly createdAt: string | null
    readonly expiresAt: string
    readonly impersonatedBy: string | null
  } | null
  readonly user: {
    readonly id: string
    readonly email: string | null
    readonly emailVerified: boolean
    readonly name: string | null
    readonly image: string | null
    readonly role: string | null
  }
}

/**
 * Judges a session that was found: its user exists, it is current, and the user is not banned, which Better Auth's own
 * `get-session` does not check.
 */
export function judgeSession(
  name: string,
  { session, user, organization }: FoundSession,
  secretIndex: number | null,
  now: number,
): Verification<BetterAuthClaims> {
  const expiresAt = toMilliseconds(session.expiresAt)
  if (expiresAt === null) return { outcome: 'unavailable', cause: plainError('session: expiresAt is not a date') }
  if (user === null || String(user.id) !== String(session.userId)) return rejected('credential_revoked', 'user_unknown')
  if (expiresAt <= now) return rejected('credential_expired', 'expired')
  if (isBanned(user, now)) return rejected('account_banned', 'banned')
  // An organization without an id is none, and its roles belong to no other.
  const organizationId = organization == null ? null : (statedIn(organization.id, idIn) ?? UNREADABLE)
  if (organizationId === UNREADABLE)
    return { outcome: 'unavailable', cause: plainError('session: organization.id is not an id') }
  const createdAt = toMilliseconds(session.createdAt)
  const impersonatedBy = session.impersonatedBy ?? null
  const id = session.id ?? null
  const sessionId = id === null ? null : String(id)
  const claims: BetterAuthClaims = Object.freeze({
    session: Object.freeze({
      id: sessionId,
      createdAt: createdAt === null ? null : toIsoText(session.createdAt, createdAt),
      expiresAt: toIsoText(session.expiresAt, expiresAt),
      impersonatedBy,
    }),
    user: userClaims(user),
  })
  const roles = rolesOf(user.role)
  const ofOrganization = organization?.roles ?? []
  const identity = identityOf<BetterAuthClaims>({
    issuer: name,
    subject: String(user.id),
    claims,
    organization: organizationId,
    roles: ofOrganization.length === 0 ? roles : [...roles, ...ofOrganization.map((role) => `organization:${role}`)],
    sessionId,
    email: user.email ?? null,
    expiresAt: Math.floor(expiresAt / 1000),
    issuedAt: createdAt === null ? null : Math.floor(createdAt / 1000),
    impersonator: impersonatedBy,
    secretIndex,
  })
  return { outcome: 'accepted', identity }
}

/** The identity of a Better Auth user from the plugins' tokens and keys. */
export function userIdentity<C>(name: string, user: FoundUser, claims: C): VerifiedIdentity<C> {
  return identityOf({
    issuer: name,
    subject: String(user.id),
    claims,
    roles: rolesOf(user.role),
    email: user.email ?? null,
  })
}

export function userClaims(user: FoundUser): BetterAuthClaims['user'] {
  return Object.freeze({
    id: String(user.id),
    email: user.email ?? null,
    emailVerified: toBoolean(user.emailVerified),
    name: user.name ?? null,
    image: user.image ?? null,
    role: user.role ?? null,
  })
}

/** An expired ban is over, although Better Auth clears it only at the next sign-in. */
export function isBanned({ banned, banExpires }: FoundUser, now: number): boolean {
  if (!isSet(banned)) return false
  const end = toMilliseconds(banExpires)
  return end === null || end > now
}

/** Comma-separated, as the admin and organization plugins store them. */
export function rolesOf(text: string | null | undefined): readonly string[] {
  if (text === null || text === undefined || text === '') return []
  return text
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '')
}
