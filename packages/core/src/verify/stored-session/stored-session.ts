import * as crypto from '#crypto'
import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { wrongAnswer, wrongMember } from '../../errors/unanswered.js'
import type { DateInput } from '../../sql/column-values.js'
import { toMilliseconds } from '../../sql/column-values.js'
import { deepFreeze, idIn } from '../jwt/mapped-claims.js'

/** `principal.claims` if the application specifies no other type. */
export type StoredClaims = Readonly<Record<string, unknown>>

/**
 * A session from the team's own store. Dates may be as databases and drivers return them; text without a time zone is
 * UTC.
 */
export interface StoredSession<Claims extends object = StoredClaims> {
  /** Null if nobody has signed in to this session. */
  readonly userId: string | number | bigint | null
  /** If null or absent, see `expiry`, `idleSeconds` and `maxAgeSeconds`. */
  readonly expiresAt?: DateInput | null
  /** A public name of the session, for `auth.revoke({ session })`; never the token. */
  readonly id?: string | number | bigint | null
  /**
   * The look-up key as the store has it: the token, its hash or its id, as `storedAs` says. A session whose key is
   * spelled otherwise than was asked is unknown. State it wherever the store may find `ABC` for `abc`, as a `uuid` or a
   * case-insensitive collation does: a revocation of the credential covers one spelling. Default: not compared.
   */
  readonly key?: string | number | bigint | Uint8Array | null
  /**
   * The time of sign-in: `auth.revoke({ principal })` ends sessions from before the revocation. Without it, all
   * sessions of that person end.
   */
  readonly createdAt?: DateInput | null
  /** For `idleSeconds`. */
  readonly lastUsedAt?: DateInput | null
  /** For tokens `<id>.<secret>`: SHA-256 of the secret, as bytes, hex or base64. */
  readonly secretHash?: Uint8Array | string | null
  /** The organization that the session acts for. */
  readonly organization?: string | number | bigint | null
  readonly roles?: readonly string[] | null
  readonly email?: string | null
  /** Becomes `principal.claims`: JSON values, copied. Never the token. */
  readonly claims?: Claims | null
  /** False: the account is deactivated. */
  readonly isActive?: boolean | null
}

/** The session as read. Times are in milliseconds since the epoch. */
export interface ReadStoredSession {
  readonly userId: string | null
  readonly expiresAt: number | null
  readonly id: string | null
  readonly key: string | number | bigint | Uint8Array | null
  readonly createdAt: number | null
  readonly lastUsedAt: number | null
  readonly secretHash: Uint8Array | string | null
  readonly organization: string | null
  readonly roles: readonly string[]
  readonly email: string | null
  readonly claims: object
  readonly isActive: boolean
}

const id = z.union([z.string(), z.int(), z.bigint()])
const date = z.optional(z.nullable(z.union([z.date(), z.string(), z.number(), z.bigint()])))
const stored = z.object({
  userId: z.nullable(id),
  expiresAt: date,
  id: z.optional(z.nullable(id)),
  key: z.optional(z.nullable(z.union([z.string(), z.number(), z.bigint(), z.instanceof(Uint8Array)]))),
  createdAt: date,
  lastUsedAt: date,
  secretHash: z.optional(z.nullable(z.union([z.instanceof(Uint8Array), z.string()]))),
  organization: z.optional(z.nullable(id)),
  roles: z.optional(z.nullable(z.array(z.string()).check(z.maxLength(1_000)))),
  email: z.optional(z.nullable(z.string())),
  claims: z.optional(
    z.nullable(z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))),
  ),
  isActive: z.optional(z.nullable(z.boolean())),
})

/**
 * Reads a session that the app's store returned.
 *
 * @param source The source, for the message.
 * @throws {Error} for "cannot tell": the message names the wrong member, never its value.
 */
export function readStoredSession(found: unknown, source: string): ReadStoredSession {
  const read = z.safeParse(stored, found)
  if (!read.success) {
    const member = read.error.issues[0]?.path[0]
    throw member === undefined ? wrongAnswer(source, found, 'a session') : wrongMember(source, String(member))
  }
  const { data } = read
  const idOf = (name: 'userId' | 'id' | 'organization'): string | null => {
    const value = data[name] ?? null
    const text = value === null ? null : idIn(typeof value === 'bigint' ? String(value) : value)
    if (value !== null && text === null) throw wrongMember(source, name)
    return text
  }
  const momentOf = (name: 'expiresAt' | 'createdAt' | 'lastUsedAt'): number | null => {
    const value = data[name] ?? null
    const moment = toMilliseconds(value)
    if (value !== null && moment === null) throw wrongMember(source, name)
    return moment
  }
  return {
    userId: idOf('userId'),
    expiresAt: momentOf('expiresAt'),
    id: idOf('id'),
    key: data.key ?? null,
    createdAt: momentOf('createdAt'),
    lastUsedAt: momentOf('lastUsedAt'),
    secretHash: data.secretHash ?? null,
    organization: idOf('organization'),
    roles: data.roles ?? [],
    email: data.email ?? null,
    claims: copyOf(data.claims ?? {}, source),
    isActive: data.isActive ?? true,
  }
}

/**
 * The name of a session: the id that its store states, unless that is the credential itself; otherwise a hash of the
 * lookup key, which is the same for every spelling of the credential.
 */
export function sessionName(id: string | null, { token, key }: SoughtSession): MaybePromise<string> {
  return id === null || id === token ? crypto.sha256(key) : id
}

/** A session token, and the key for looking up its session. They may be the same. */
export interface SoughtSession {
  readonly token: string
  readonly key: string
}

/** Principals are shared between requests, and the object may be the store's own. */
function copyOf(claims: object, source: string): object {
  try {
    return deepFreeze(structuredClone(claims))
  } catch {
    throw wrongMember(source, 'claims')
  }
}
