import * as z from 'zod/mini'
import { wrongAnswer, wrongMember } from '../../errors/unanswered.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { SourceAbout } from '../../route/about.js'
import { rejected, type Verification } from '../../route/verifier.js'
import { toIsoText, toMilliseconds, type DateInput } from '../../sql/column-values.js'
import type { ClaimMapping } from '../../verify/jwt/claim-mapping.js'
import { idIn } from '../../verify/jwt/mapped-claims.js'
import { judgeStoredSession, type StoredSessionRules } from '../../verify/stored-session/judge-stored-session.js'
import { readStoredSession } from '../../verify/stored-session/stored-session.js'

/** A session and its user, as `getSessionAndUser` of an Auth.js adapter returns them. */
export interface FoundAuthJsSession {
  readonly session: {
    readonly userId: string | number | bigint
    /** Text without a time zone is UTC. */
    readonly expires: DateInput
    /** The session's id, if it has one besides its token; for `auth.revoke({ session })`. */
    readonly id?: string | number | bigint | null
    /** If present, as adapters return it, it must equal the requested token exactly. */
    readonly sessionToken?: string
  }
  /** Null if the user no longer exists: the session is then refused. */
  readonly user: { readonly id: string | number | bigint; readonly [column: string]: unknown } | null
}

/**
 * Finds the session for a token. Null: there is none. A throw means "cannot tell" and becomes 503. The token is a
 * credential: never log it.
 */
export interface FindAuthJsSession {
  (sessionToken: string): MaybePromise<FoundAuthJsSession | null>
  /** Rejects if sessions cannot be looked up now, for `auth.ready()`. Default: assumed to be ready. */
  ready?(): MaybePromise<unknown>
  /** For `auth.inspect`. */
  readonly about?: SourceAbout
}

/** `principal.claims` of a database session of Auth.js. Never contains the session token. */
export interface AuthJsSessionClaims {
  readonly session: { readonly expires: string }
  readonly user: {
    readonly id: string
    readonly name: string | null
    readonly email: string | null
    readonly image: string | null
  }
}

const id = z.union([z.string(), z.int(), z.bigint()])
const date = z.union([z.date(), z.string(), z.number(), z.bigint()])
const found = z.object({
  session: z.object({
    userId: id,
    expires: date,
    id: z.optional(z.nullable(id)),
    sessionToken: z.optional(z.nullable(z.string())),
  }),
  user: z.nullable(z.looseObject({ id })),
})

/**
 * Judges a session that was found: its user exists, and it is current.
 *
 * @param digest The name of a session if its table has no id other than the token.
 * @throws {Error} for "cannot tell": the found value has the wrong form.
 */
export function judgeFound(
  mapping: ClaimMapping,
  rules: StoredSessionRules,
  token: string,
  digest: string,
  answer: unknown,
  now: number,
): Verification<AuthJsSessionClaims> {
  if (answer === null || answer === undefined) return rejected('credential_revoked', 'session_unknown')
  const read = z.safeParse(found, answer)
  if (!read.success) {
    const member = read.error.issues[0]?.path.join('.') ?? ''
    throw member === ''
      ? wrongAnswer(rules.source, answer, '`{ session, user }` or null')
      : wrongMember(rules.source, member)
  }
  const { user } = read.data
  const { expires, userId, id: sessionId, sessionToken } = read.data.session
  // Databases match a `uuid` or case-insensitive text in many spellings, but a revocation of the credential covers only
  // one.
  if ((sessionToken ?? token) !== token) return rejected('credential_revoked', 'session_unknown')
  const expiresAt = toMilliseconds(expires)
  if (expiresAt === null) throw wrongMember(rules.source, 'session.expires')
  const session = readStoredSession({ userId, expiresAt: expires, id: sessionId }, rules.source)
  if (user === null || String(user.id) !== session.userId) return rejected('credential_revoked', 'user_unknown')
  const named = session.id === null || session.id === token ? digest : session.id
  // User columns; the app names those that count. Subject and session are always set here.
  const columns = { ...user, sub: session.userId, sid: named }
  const caller = mapping.callerIn(columns)
  const stated = {
    ...('outcome' in caller ? {} : caller),
    ...mapping.statementsIn(columns),
  }
  const claims = claimsOf(columns, toIsoText(expires, expiresAt))
  const judged = judgeStoredSession<AuthJsSessionClaims>({ ...session, claims }, rules, null, now, stated)
  return judged.outcome === 'accepted' && 'outcome' in caller ? caller : judged
}

function claimsOf(user: Readonly<Record<string, unknown>>, expires: string): AuthJsSessionClaims {
  const text = (name: string): string | null => (typeof user[name] === 'string' ? user[name] : null)
  const members = { id: idIn(user['sub']) ?? '', name: text('name'), email: text('email'), image: text('image') }
  return Object.freeze({ session: Object.freeze({ expires }), user: Object.freeze(members) })
}
