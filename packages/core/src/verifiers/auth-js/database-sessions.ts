import * as crypto from '#crypto'
import * as z from 'zod/mini'
import { andThen, promised, type MaybePromise } from '../../async/maybe-promise.js'
import { percentDecode } from '../../http/cookies.js'
import { onlyIn } from '../../route/carriers.js'
import { rejected, type Verification, type VerifiedIdentity, type Verifier } from '../../route/verifier.js'
import { optionError, ownerOf, parseOptions } from '../../settings/options.js'
import { between, cookieName, functionOption, nonEmpty, object, verifierName } from '../../settings/schemas.js'
import { claimMapping, mappedClaims, type MappedClaimNames } from '../../verify/jwt/claim-mapping.js'
import { sourceReady } from '../../verify/source-ready.js'
import { askedInTime } from '../../verify/stored-session/asked-in-time.js'
import type { StoredSessionRules } from '../../verify/stored-session/judge-stored-session.js'
import { sessionCookieNames } from './options.js'
import { judgeFound, type AuthJsSessionClaims, type FindAuthJsSession } from './stored-session.js'

/** The options of `authJs` for database sessions: Auth.js with an adapter. */
export interface AuthJsDatabaseOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** `authJsSessions(query)`, or `(token) => adapter.getSessionAndUser(token)`. */
  readonly sessions: FindAuthJsSession
  /** Decides only the default cookie names: 5 for Auth.js, 4 for NextAuth 4. Default 5. */
  readonly version?: 4 | 5
  /** The whole `cookies.sessionToken.name`, or several names. Default: the version's two names. */
  readonly cookie?: string | readonly string[]
  /** User columns for the principal. The subject is always the user's id. Default: `roles`, `permissions`, `email`. */
  readonly claims?: Omit<MappedClaimNames, 'subject' | 'sessionId'>
  /**
   * How long a found session is remembered, in milliseconds; a sign-out takes effect up to that much later. Default 0.
   */
  readonly rememberMs?: number
  /** Time limit for `sessions`, in milliseconds. Default 3000, at most 30000. */
  readonly timeoutMs?: number
  /** Called on every request; a throw counts as "cannot tell" (503). */
  readonly isRevoked?: (identity: VerifiedIdentity<AuthJsSessionClaims>) => MaybePromise<boolean>
}

const schema = object({
  name: verifierName,
  sessions: functionOption<FindAuthJsSession>(
    'authJsSessions(query), or a function such as getSessionAndUser of an adapter',
  ),
  version: z._default(z.literal([4, 5]), 5),
  cookie: z.exactOptional(z.union([cookieName, nonEmpty(cookieName)], 'the name of a cookie or a list of names')),
  claims: z.exactOptional(mappedClaims),
  rememberMs: z._default(between(0, 3_600_000), 0),
  timeoutMs: z._default(between(1, 30_000), 3_000),
  isRevoked: z.exactOptional(functionOption<NonNullable<AuthJsDatabaseOptions['isRevoked']>>()),
})

/** A session token as in the cookie. No table contains anything else, and some databases refuse to search for it. */
const TOKEN = /^[\x21-\x7e]{1,512}$/

export function databaseSessions<const Name extends string>(
  options: AuthJsDatabaseOptions<Name>,
): Verifier<Name, AuthJsSessionClaims> {
  const owner = ownerOf('authJs', options)
  const parsed = parseOptions(schema, options, owner)
  const { name, sessions, version, cookie, claims = {}, rememberMs, timeoutMs, isRevoked } = parsed
  for (const own of ['subject', 'sessionId'] as const)
    if (claims[own] !== undefined) throw optionError(`${owner}.claims.${own}`, 'is what the session itself says')
  const mapping = claimMapping(claims, owner)
  const source = `${owner}.sessions`
  const rules: StoredSessionRules = {
    name,
    source,
    idleSeconds: null,
    maxAgeSeconds: null,
    isEndless: false,
    rememberMs,
  }
  return {
    name: options.name,
    shapes: [{ kind: 'cookie', carriage: onlyIn({ cookies: sessionCookieNames(cookie, version, owner) }) }],
    asksElsewhere: true,
    about: { kind: 'authJs', sessions: sessions.about ?? { kind: 'function' } },
    open: ({ now }) => ({
      async verify({ value }) {
        const token = percentDecode(value)
        if (!TOKEN.test(token)) return rejected('credential_invalid', 'session_unknown')
        const [found, digest] = [
          await askedInTime(() => sessions(token), timeoutMs, source, [token]),
          await crypto.sha256(token),
        ]
        return unlessRevoked(judgeFound(mapping, rules, token, digest, found, now()), isRevoked)
      },
      ready: (waitMs) => sourceReady(sessions, source, waitMs),
      close: () => {},
    }),
  }
}

function unlessRevoked(
  judged: Verification<AuthJsSessionClaims>,
  isRevoked: AuthJsDatabaseOptions['isRevoked'],
): MaybePromise<Verification<AuthJsSessionClaims>> {
  if (judged.outcome !== 'accepted' || isRevoked === undefined) return judged
  const { identity, remember } = judged
  return andThen(promised(isRevoked(identity)), (revoked) =>
    revoked
      ? rejected('credential_revoked', 'revoked')
      : {
          ...judged,
          ...(remember !== undefined && { remember: { ...remember, isRevoked: () => isRevoked(identity) } }),
        },
  )
}
