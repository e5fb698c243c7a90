import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { AcceptWeakSecret } from '../../keys/secrets/secret-list.js'
import type { JsonObject } from '../../route/jwt.js'
import type { VerifiedIdentity } from '../../route/verifier.js'
import { acceptance, assertAcceptance, type Acceptance } from '../../settings/acceptance.js'
import { claimSource, type ClaimSource } from '../../settings/claim-source.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { cookieName, functionOption, isObject, nonEmpty, object, verifierName } from '../../settings/schemas.js'
import { mappedClaims, type MappedClaimNames } from '../../verify/jwt/claim-mapping.js'
import { sealOptions } from '../../verify/sealed-session/session-options.js'

/** The options of `ironSession`. */
export interface IronSessionOptions<Name extends string = string, Session extends object = JsonObject> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /**
   * `password` of iron-session, at least 32 characters each: a list, newest first, or iron-session's own form by
   * number, where the highest is the newest. Each one opens sessions.
   */
  readonly passwords: readonly string[] | Readonly<Record<number, string>>
  /** `cookieName` of iron-session, or several names. */
  readonly cookie: string | readonly string[]
  /**
   * Where the session keeps the principal's data: `{ subject: 'user.id' }` or
   * `{ subject: (session) => session.user?.id }`. If a session has no subject, nobody has signed in to it.
   */
  readonly claims: Omit<MappedClaimNames, 'subject'> & {
    readonly subject: string | readonly string[] | ((session: Session) => unknown)
  }
  /**
   * Where the session keeps the time of sign-in: seconds or milliseconds since the epoch, or ISO text. Without it,
   * revoking the person ends every session, even later ones, until this process ends.
   */
  readonly signedInAt?: ClaimSource
  /** Called on every request; a throw counts as "cannot tell" (503). */
  readonly isRevoked?: (identity: VerifiedIdentity<Session>) => MaybePromise<boolean>
  /** Accepts passwords that are guessable, such as a phrase, or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
  /** Accepts seals without an expiry (`ttl: 0`) until a date. */
  readonly acceptUnlimited?: Acceptance
}

const list = sealOptions().cookiePasswords
const byNumber = z.custom<Readonly<Record<number, string>>>(
  (value) =>
    isObject(value) &&
    !Array.isArray(value) &&
    Object.keys(value).every((id) => /^\d{1,4}$/.test(id)) &&
    z.safeParse(list, Object.values(value)).success,
  'passwords by number, at least 32 characters each',
)

const schema = object({
  name: verifierName,
  passwords: z.union([list, byNumber], 'a list of passwords of at least 32 characters, or such passwords by number'),
  cookie: z.union([cookieName, nonEmpty(cookieName)], 'the name of a cookie or a list of names'),
  claims: mappedClaims,
  signedInAt: z.exactOptional(claimSource),
  isRevoked: z.exactOptional(functionOption<(identity: VerifiedIdentity) => MaybePromise<boolean>>()),
  acceptWeakSecret: z.exactOptional(acceptance),
  acceptUnlimited: z.exactOptional(acceptance),
})

/** Parsed options: passwords are a list, newest first. */
export interface ParsedIronSession {
  readonly name: string
  readonly passwords: readonly string[]
  readonly cookies: readonly string[]
  readonly claims: MappedClaimNames
  readonly signedInAt?: ClaimSource
  readonly isRevoked?: (identity: VerifiedIdentity) => MaybePromise<boolean>
  readonly acceptWeakSecret?: AcceptWeakSecret
  readonly acceptUnlimited?: Acceptance
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseIronSessionOptions(options: unknown, owner: string): ParsedIronSession {
  const { cookie, passwords, ...parsed } = parseOptions(schema, options, owner)
  if (parsed.claims.subject === undefined) throw optionError(`${owner}.claims.subject`, 'is missing')
  if (parsed.acceptUnlimited !== undefined)
    assertAcceptance(parsed.acceptUnlimited, `${owner}.acceptUnlimited`, 'such seals must have ended', Date.now())
  return { ...parsed, cookies: typeof cookie === 'string' ? [cookie] : cookie, passwords: newestFirst(passwords) }
}

function newestFirst(passwords: readonly string[] | Readonly<Record<number, string>>): readonly string[] {
  if (Array.isArray(passwords)) return passwords as readonly string[]
  const byId = Object.entries(passwords as Readonly<Record<string, string>>)
  return byId.toSorted(([a], [b]) => Number(b) - Number(a)).map(([, password]) => password)
}
