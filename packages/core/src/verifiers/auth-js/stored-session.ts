import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { rejected, type Verification } from '../../route/verifier.js'
import { toIsoText, toMilliseconds, type DateInput } from '../../sql/column-values.js'
import { identityOf } from '../../verify/identity.js'
import type { ClaimMapping } from '../../verify/jwt/claim-mapping.js'
import { idIn } from '../../verify/jwt/mapped-claims.js'

/** A session and its user, as `getSessionAndUser` of an Auth.js adapter returns them. */
export interface FoundAuthJsSession {
  readonly session: {
    readonly userId: string | number | bigint
    /** A text without a zone is UTC. */
    readonly expires: DateInput
    /** Where sessions have an id besides their token; for `auth.revoke({ session })`. */
    readonly id?: string | number | bigint | null
    /** Where it stands there, as adapters return it, it must be the one that was asked for, letter by letter. */
    readonly sessionToken?: string
  }
  /** Null when the user is gone: the session is then refused. */
  readonly user: { readonly id: string | number | bigint; readonly [column: string]: unknown } | null
}

/**
 * Finds the session of a token. Null means that there is none; a throw means "cannot tell" and becomes 503. The token is a credential:
 * never log it.
 */
export interface FindAuthJsSession {
  (sessionToken: string): MaybePromise<FoundAuthJsSession | null>
  /** Rejects where no session could be found now, for `auth.ready()`. Left out: taken to be ready. */
  ready?(): MaybePromise<unknown>
}

/** What `principal.claims` holds for a database session of Auth.js. The session token is never part of it. */
export interface AuthJsSessionClaims {
  readonly session: { readonly expires: string }
  readonly user: {
    readonly id: string
    readonly name: string | null
    readonly email: string | null
    readonly image: string | null
  }
}

export interface StoredSessionJudge {
  readonly name: string
  readonly mapping: ClaimMapping
  readonly rememberMs: number
}

const id = z.union([z.string(), z.int(), z.bigint()])
const found = z.object({
  session: z.object({
    userId: id,
    expires: z.union([z.date(), z.string(), z.number(), z.bigint()]),
    id: z.optional(z.nullable(id)),
    sessionToken: z.optional(z.nullable(z.string())),
  }),
  user: z.nullable(z.looseObject({ id })),
})

/**
 * Judges a session that was looked up: its user exists, and it is current.
 *
 * @throws {TypeError} for "cannot tell": what was found has another form.
 */
export function judgeFound(
  { name, mapping, rememberMs }: StoredSessionJudge,
  token: string,
  answer: unknown,
  now: number,
): Verification<AuthJsSessionClaims> {
  if (answer === null || answer === undefined) return rejected('credential_revoked', 'session_unknown')
  const read = z.safeParse(found, answer)
  if (!read.success)
    throw new TypeError(`auth.js session: \`${read.error.issues[0]?.path.join('.')}\` is missing or wrong`)
  const { session, user } = read.data
  // Databases find a `uuid`, or a text without case, in many spellings, and a revocation of the credential knows one.
  if ((session.sessionToken ?? token) !== token) return rejected('credential_revoked', 'session_unknown')
  const expires = toMilliseconds(session.expires)
  if (expires === null) throw new TypeError('auth.js session: `session.expires` is no date')
  if (user === null || String(user.id) !== String(session.userId)) return rejected('credential_revoked', 'user_unknown')
  if (expires <= now) return rejected('credential_expired', 'expired')
  // Columns of the user, of which the app names those that count; subject and session are never among them.
  const columns = { ...user, sub: String(user.id), sid: session.id == null ? null : String(session.id) }
  const caller = mapping.callerIn(columns)
  if ('outcome' in caller) return caller
  const identity = identityOf<AuthJsSessionClaims>({
    issuer: name,
    ...caller,
    ...mapping.statementsIn(columns),
    claims: claimsOf(columns, toIsoText(session.expires, expires)),
    expiresAt: Math.floor(expires / 1000),
  })
  return { outcome: 'accepted', identity, remember: { until: Math.min(now + rememberMs, expires) } }
}

function claimsOf(user: Readonly<Record<string, unknown>>, expires: string): AuthJsSessionClaims {
  const text = (name: string): string | null => (typeof user[name] === 'string' ? user[name] : null)
  const members = { id: idIn(user['sub']) ?? '', name: text('name'), email: text('email'), image: text('image') }
  return Object.freeze({ session: Object.freeze({ expires }), user: Object.freeze(members) })
}
