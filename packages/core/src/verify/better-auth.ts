import * as z from 'zod/mini'
import { functionOption, ownerOf, parseOptions, verifierName } from '../errors/options.js'
import { percentDecode } from '../extract/cookies.js'
import { createSecretList, type AcceptWeakSecret, type SecretList } from '../keys/secrets.js'
import type { Presented, Shape } from '../route/shape.js'
import { rejected, type Verification, type VerifiedIdentity, type Verifier } from '../route/verifier.js'
import { toBoolean, toMilliseconds, type FindSession, type FoundSession } from './better-auth-session.js'
import { readSignedValue } from './signed-value.js'

/** What `betterAuth` takes. */
export interface BetterAuthOptions<Name extends string = string> {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** Newest first. Better Auth itself takes the first only; a list logs nobody out while a secret is rotated. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** `sqlSessions(query)`, `instanceSessions(auth)`, or a function of the app. */
  readonly sessions: FindSession
  /** How the session cookie is called, where Better Auth was told so. */
  readonly cookies?: {
    /** `advanced.cookiePrefix`. Default `better-auth`. */
    readonly prefix?: string
    /** `advanced.cookies.session_token.name`; replaces prefix and name. */
    readonly name?: string
    /** True takes only `__Secure-` cookies, false only plain ones. Default: both, `__Secure-` first. */
    readonly secure?: boolean
  }
  /**
   * `Authorization: Bearer` (bearer plugin). `'signed-or-raw'`, the default, matches Better Auth: a raw session token,
   * as it stands in the database, is accepted. `'signed'` asks for the signature; false takes cookies only.
   */
  readonly bearer?: 'signed-or-raw' | 'signed' | false
  /** Admits secrets that are short, easy to guess or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

/** What `principal.claims` holds for a Better Auth session. The session token is never part of it. */
export interface BetterAuthClaims {
  readonly session: {
    readonly id: string
    readonly createdAt: string | null
    readonly expiresAt: string
    readonly impersonatedBy: string | null
  }
  readonly user: {
    readonly id: string
    readonly email: string | null
    readonly emailVerified: boolean
    readonly name: string | null
    readonly image: string | null
    readonly role: string | null
  }
}

const cookieToken = z.string().check(z.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/))
const schema = z.strictObject({
  name: verifierName,
  secrets: z
    .array(z.union([z.string(), z.custom<Uint8Array>((value) => value instanceof Uint8Array)]))
    .check(z.minLength(1)),
  sessions: functionOption<FindSession>(
    'sqlSessions(query), a function, or, for an instance of Better Auth, instanceSessions(auth)',
  ),
  cookies: z.optional(
    z.strictObject({ prefix: z.optional(cookieToken), name: z.optional(cookieToken), secure: z.optional(z.boolean()) }),
  ),
  bearer: z.optional(z.union([z.literal('signed-or-raw'), z.literal('signed'), z.literal(false)])),
  acceptWeakSecret: z.optional(z.strictObject({ until: z.string(), reason: z.string().check(z.minLength(1)) })),
})

/**
 * Judges Better Auth sessions: the signed session cookie and the bearer of the same session.
 *
 * Decides that this server signed the token and that the session exists, is current, and belongs
 * to a user who exists and is not banned (Better Auth's own `get-session` does not ask the last).
 * Does not slide the session's expiry.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @see https://better-auth.com/docs/concepts/session-management
 */
export function betterAuth<const Name extends string>(
  options: BetterAuthOptions<Name>,
): Verifier<Name, BetterAuthClaims> {
  const owner = ownerOf('betterAuth', options)
  const parsed = parseOptions(schema, options, owner)
  const rules = { minimumBytes: 32, acceptWeakSecret: parsed.acceptWeakSecret }
  const secrets = createSecretList(parsed.secrets, rules, `${owner}.secrets`, Date.now())
  const bearer = parsed.bearer ?? 'signed-or-raw'
  return {
    name: options.name,
    shapes: shapesOf(parsed.cookies ?? {}, bearer),
    percentEncodedBearer: bearer !== false,
    secrets,
    open: (context) => {
      secrets.warn(context.emit, parsed.name)
      return {
        verify: (credential) => judge(parsed.name, parsed.sessions, secrets, context.now(), credential),
        ready: async () => {},
        close: () => {},
      }
    },
  }
}

function shapesOf(
  { prefix = 'better-auth', name = `${prefix}.session_token`, secure }: NonNullable<z.output<typeof schema>['cookies']>,
  bearer: BetterAuthOptions['bearer'],
): Shape[] {
  const cookies = secure === undefined ? [`__Secure-${name}`, name] : [secure ? `__Secure-${name}` : name]
  const carriage = { bearer: true, headers: [], cookies: [] }
  const shapes: Shape[] = [{ kind: 'cookie', carriage: { bearer: false, headers: [], cookies } }]
  if (bearer !== false) shapes.push({ kind: 'pattern', carriage, pattern: 'signed-session-token' })
  if (bearer === 'signed-or-raw') shapes.push({ kind: 'pattern', carriage, pattern: 'session-token' })
  return shapes
}

async function judge(
  name: string,
  sessions: FindSession,
  secrets: SecretList,
  now: number,
  { carrier, value }: Presented,
): Promise<Verification<BetterAuthClaims>> {
  const raw = carrier === 'bearer' && !value.includes('.')
  const signed = raw
    ? { token: value, secretIndex: null }
    : await readSignedValue(carrier === 'cookie' ? percentDecode(value) : value, secrets)
  if (signed === null) return rejected('credential_invalid', 'signature')
  let found: FoundSession | null
  try {
    found = await sessions(signed.token)
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
  if (found === null) return rejected('credential_revoked', 'session_unknown')
  return judgeSession(name, found, signed.secretIndex, now)
}

function judgeSession(
  name: string,
  { session, user, organization }: FoundSession,
  secretIndex: number | null,
  now: number,
): Verification<BetterAuthClaims> {
  const expiresAt = toMilliseconds(session.expiresAt)
  if (expiresAt === null) return { outcome: 'unavailable', cause: new Error('session: expiresAt is no date') }
  if (user === null || String(user.id) !== String(session.userId)) return rejected('credential_revoked', 'user_unknown')
  if (expiresAt <= now) return rejected('credential_expired', 'expired')
  if (isBanned(user, now)) return rejected('account_banned', 'banned')
  return {
    outcome: 'accepted',
    identity: identityOf(name, session, user, organization ?? null, secretIndex, expiresAt),
  }
}

/** A ban whose end has passed is over, although Better Auth clears it only at the next sign-in. */
function isBanned({ banned, banExpires }: NonNullable<FoundSession['user']>, now: number): boolean {
  if (!toBoolean(banned)) return false
  const end = toMilliseconds(banExpires)
  return end === null || end > now
}

function identityOf(
  name: string,
  session: FoundSession['session'],
  user: NonNullable<FoundSession['user']>,
  organization: NonNullable<FoundSession['organization']> | null,
  secretIndex: number | null,
  expiresAt: number,
): VerifiedIdentity<BetterAuthClaims> {
  const createdAt = toMilliseconds(session.createdAt)
  const impersonatedBy = session.impersonatedBy ?? null
  const role = user.role ?? null
  const claims: BetterAuthClaims = Object.freeze({
    session: Object.freeze({
      id: String(session.id),
      createdAt: createdAt === null ? null : new Date(createdAt).toISOString(),
      expiresAt: new Date(expiresAt).toISOString(),
      impersonatedBy,
    }),
    user: Object.freeze({
      id: String(user.id),
      email: user.email ?? null,
      emailVerified: toBoolean(user.emailVerified),
      name: user.name ?? null,
      image: user.image ?? null,
      role,
    }),
  })
  const roles =
    role === null
      ? []
      : role
          .split(',')
          .map((entry) => entry.trim())
          .filter((entry) => entry !== '')
  return {
    issuer: name,
    subject: String(user.id),
    kind: 'user',
    claims,
    organization: organization?.id ?? null,
    roles: [...roles, ...(organization?.roles ?? [])],
    permissions: [],
    scopes: null,
    sessionId: String(session.id),
    email: user.email ?? null,
    expiresAt: Math.floor(expiresAt / 1000),
    impersonator: impersonatedBy,
    secretIndex,
  }
}
