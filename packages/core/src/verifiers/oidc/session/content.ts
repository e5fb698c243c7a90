import type { RejectionReason } from '../../../events/events.js'
import type { JsonObject } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import { objectOf, textOf } from '../../../verify/jwt/mapped-claims.js'
import { refreshTokenOf, type SealedSession } from '../../../verify/sealed-session/session-kind.js'

/** The content of a genuine seal. All times are in seconds since the epoch. */
export interface OidcSealedSession extends SealedSession {
  /** The id of this session here, in addition to the `sid` that the provider may give. */
  readonly id: string
  /** Claims of the id token, which was verified before they were sealed. */
  readonly claims: JsonObject
  readonly begunAt: number
  /**
   * When the session's sign-in began, with fractions of a second; null if unknown. Not `begunAt`: what the provider
   * issued before a sign-out may arrive after it, and a session from an exchange has no sign-in.
   */
  readonly signInBegunAt: number | null
  /** When the provider last confirmed the session, and how long that counts: the access token's life. */
  readonly confirmedAt: number
  readonly confirmedUntil: number
  readonly endsAt: number
  /** Null: no idle limit. */
  readonly idleUntil: number | null
  /** Why the last answer to a refresh proves nothing; null if it is valid. */
  readonly unproved: RejectionReason | null
}

/** The owner of the sessions: a seal of another kind, verifier or issuer with the same password is not accepted. */
export interface SessionOwner {
  readonly verifier: string
  readonly issuer: string
}

/** How long sessions live, in seconds. */
export interface SessionLimits {
  readonly maxAgeSeconds: number
  readonly idleSeconds: number | null
}

const KIND = 'dualauth-oidc-session'
const VERSION = 1

/** Claims about one token or sign-in only. */
const OF_THE_TOKEN: readonly string[] = ['nonce', 'at_hash', 'c_hash', 's_hash', 'rt_hash']
/** Claims that are always kept, even if a later id token does not repeat them. */
const OF_THE_SESSION = ['sid', 'auth_time', 'acr', 'amr', 'scope'] as const
const ALWAYS: readonly string[] = ['iss', 'sub', 'aud', 'azp', 'iat', 'exp', ...OF_THE_SESSION]

/** @param keep Names of claims besides those of the session; null keeps all. */
export function keptClaims(claims: JsonObject, keep: readonly string[] | null): JsonObject {
  const isKept = (name: string) =>
    !OF_THE_TOKEN.includes(name) && (keep === null || ALWAYS.includes(name) || keep.includes(name))
  return Object.fromEntries(Object.entries(claims).filter(([name, value]) => isKept(name) && value !== undefined))
}

/** Adds the granted scope, which the token endpoint states outside the id token. */
export function withScope(claims: JsonObject, scope: unknown): JsonObject {
  return typeof scope === 'string' && own(claims, 'scope') === undefined ? { ...claims, scope } : claims
}

/** Null if the content is not a session of this owner. */
export function readOidcSession(content: unknown, owner: SessionOwner): OidcSealedSession | null {
  const members = objectOf(content)
  if (own(members, 'kind') !== KIND || own(members, 'version') !== VERSION) return null
  if (own(members, 'verifier') !== owner.verifier) return null
  const id = textOf(members, 'id')
  const claims = objectOf(own(members, 'claims'))
  if (id === null || own(claims, 'iss') !== owner.issuer || textOf(claims, 'sub') === null) return null
  const [begunAt, confirmedAt, confirmedUntil, endsAt] = (
    ['begunAt', 'confirmedAt', 'confirmedUntil', 'endsAt'] as const
  ).map((name) => dateOf(members, name)) as [number | null, number | null, number | null, number | null]
  if (begunAt === null || confirmedAt === null || confirmedUntil === null || endsAt === null) return null
  return {
    refreshToken: refreshTokenOf(content),
    members,
    id,
    claims,
    begunAt,
    signInBegunAt: dateOf(members, 'signInBegunAt'),
    confirmedAt,
    confirmedUntil,
    endsAt,
    idleUntil: dateOf(members, 'idleUntil'),
    unproved: textOf(members, 'unproved') as RejectionReason | null,
  }
}

function dateOf(members: JsonObject, name: string): number | null {
  const date = own(members, name)
  return typeof date === 'number' && Number.isFinite(date) ? date : null
}

/** When a session begins, in seconds since the epoch. */
export interface Beginning {
  readonly now: number
  /** Undefined: nothing proves a sign-in. */
  readonly signInBegunAt?: number | undefined
  /** The latest end, whatever the limits say. */
  readonly latest?: number | undefined
}

/** A sign-in, or a refresh, that the provider confirmed. */
export interface Confirmation {
  readonly claims: JsonObject
  readonly refreshToken: string | null
  readonly confirmedSeconds: number
}

export function begunContent(
  verifier: string,
  { claims, refreshToken, confirmedSeconds }: Confirmation,
  { maxAgeSeconds, idleSeconds }: SessionLimits,
  { now, signInBegunAt, latest = Number.POSITIVE_INFINITY }: Beginning,
): JsonObject {
  return {
    kind: KIND,
    version: VERSION,
    verifier,
    id: globalThis.crypto.randomUUID(),
    claims,
    ...(refreshToken === null ? {} : { refreshToken }),
    begunAt: now,
    ...(signInBegunAt === undefined ? {} : { signInBegunAt }),
    confirmedAt: now,
    confirmedUntil: now + confirmedSeconds,
    endsAt: Math.min(now + maxAgeSeconds, latest),
    ...(idleSeconds === null ? {} : { idleUntil: now + idleSeconds }),
  }
}

/** The content after a new confirmation. Claims of the session itself that a later id token leaves out are kept. */
export function confirmedContent(
  { members, claims: before }: OidcSealedSession,
  { claims, refreshToken, confirmedSeconds }: Omit<Confirmation, 'claims'> & { readonly claims: JsonObject | null },
  idleSeconds: number | null,
  now: number,
): JsonObject {
  const lasting = Object.fromEntries(
    OF_THE_SESSION.flatMap((name) => (own(before, name) === undefined ? [] : [[name, before[name]]])),
  )
  return {
    ...members,
    claims: claims === null ? before : { ...lasting, ...claims },
    ...(refreshToken === null ? {} : { refreshToken }),
    confirmedAt: now,
    confirmedUntil: now + confirmedSeconds,
    ...slid(idleSeconds, now),
  }
}

/** The content if the answer proves nothing: its refresh token must not be lost. */
export function unprovedContent(
  { members }: OidcSealedSession,
  refreshToken: string | null,
  unproved: RejectionReason,
): JsonObject {
  return { ...members, ...(refreshToken === null ? {} : { refreshToken }), unproved }
}

/** The content of a used session: its idle time starts again. */
export function slidContent({ members }: OidcSealedSession, idleSeconds: number, now: number): JsonObject {
  return { ...members, ...slid(idleSeconds, now) }
}

function slid(idleSeconds: number | null, now: number): { idleUntil?: number } {
  return idleSeconds === null ? {} : { idleUntil: now + idleSeconds }
}
