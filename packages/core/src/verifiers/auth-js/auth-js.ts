import { andThen } from '../../async/maybe-promise.js'
import { createSecretList } from '../../keys/secrets/secret-list.js'
import { BEARER_ONLY, onlyIn } from '../../route/carriers.js'
import type { Shape } from '../../route/shape.js'
import type { Verifier } from '../../route/verifier.js'
import { claimReader } from '../../settings/claim-source.js'
import { ownerOf } from '../../settings/options.js'
import { acceptanceEnd, acceptancesOf, untilEnded } from '../../verify/acceptance-end.js'
import { claimMapping } from '../../verify/jwt/claim-mapping.js'
import { databaseSessions, type AuthJsDatabaseOptions } from './database-sessions.js'
import { judgeToken, type TokenJudge } from './judge-token.js'
import { parseAuthJsOptions, type AuthJsClaims, type AuthJsOptions, type ParsedAuthJs } from './options.js'
import { deriveKeys, encryptionOf } from './session-keys.js'
import type { AuthJsSessionClaims } from './stored-session.js'

/**
 * Verifies JWT sessions of Auth.js 5 and NextAuth 4: the session cookie, whole or in chunks, that contains an encrypted
 * JWT.
 *
 * Decides that one of the secrets encrypted it for a cookie of this name, and that it is current. Does not decide
 * whether the account still exists (`link`) or what it may do (`authorize`). Does not renew a session: Auth.js does, at
 * its own `/session`.
 *
 * @returns a verifier; a session is an untrusted compact JWE of at most `maxCredentialBytes`, chunks joined.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://authjs.dev/concepts/session-strategies, RFC 7516, RFC 7518 sections 4.5, 5.2.5 and 5.3
 */
export function authJs<const Name extends string>(options: AuthJsOptions<Name>): Verifier<Name, AuthJsClaims>
/**
 * Verifies database sessions of Auth.js 5 and NextAuth 4: the session cookie contains a token, which is looked up.
 *
 * Decides that the session exists, is current, and belongs to an existing user. Does not extend a session: Auth.js
 * does, at its own `/session`.
 */
export function authJs<const Name extends string>(
  options: AuthJsDatabaseOptions<Name>,
): Verifier<Name, AuthJsSessionClaims>
export function authJs<const Name extends string>(
  options: AuthJsOptions<Name> | AuthJsDatabaseOptions<Name>,
): Verifier<Name, AuthJsClaims> | Verifier<Name, AuthJsSessionClaims> {
  const isDatabase = (options as Partial<AuthJsDatabaseOptions> | null | undefined)?.sessions !== undefined
  return isDatabase
    ? databaseSessions(options as AuthJsDatabaseOptions<Name>)
    : tokenSessions(options as AuthJsOptions<Name>)
}

function tokenSessions<const Name extends string>(options: AuthJsOptions<Name>): Verifier<Name, AuthJsClaims> {
  const owner = ownerOf('authJs', options)
  const parsed = parseAuthJsOptions(options, owner)
  const { version, cookies, clockToleranceSeconds, acceptWeakSecret, signedInAt } = parsed
  const secrets = createSecretList(
    parsed.secrets,
    { minimumBytes: 32, acceptWeakSecret },
    `${owner}.secrets`,
    Date.now(),
  )
  const judge: TokenJudge = {
    name: parsed.name,
    enc: encryptionOf(version),
    mapping: claimMapping(parsed.claims ?? {}, owner),
    signedInAt: signedInAt === undefined ? null : claimReader(signedInAt, `${owner}.signedInAt`),
    rules: { clockToleranceSeconds, issuers: null, audiences: null, maxAgeSeconds: null },
    isRevoked: parsed.isRevoked,
  }
  return {
    name: options.name,
    shapes: shapesOf(parsed),
    clockToleranceSeconds,
    about: { kind: 'authJs', acceptances: acceptancesOf({ acceptWeakSecret }) },
    // `secrets` is left out: a derived key cannot serve another verifier, and Better Auth may share AUTH_SECRET,
    // because it falls back to it.
    open(context) {
      secrets.warn(context.emit, parsed.name)
      const derivation = deriveKeys(secrets, version, cookies, parsed.salt)
      const weak = acceptanceEnd(acceptWeakSecret, 'acceptWeakSecret', { verifier: parsed.name, ...context })
      return {
        verify: untilEnded<AuthJsClaims>(
          ({ carrier, name, value }) =>
            andThen(derivation.keysFor(carrier === 'cookie' ? name : null), (keys) =>
              judgeToken(judge, value, keys, context.now()),
            ),
          weak,
        ),
        ready: async () => void (await derivation.keysFor(null)),
        close: () => {},
      }
    },
  }
}

function shapesOf({ cookies, bearer, version }: ParsedAuthJs): readonly Shape[] {
  const shapes: Shape[] = [{ kind: 'cookie', carriage: onlyIn({ cookies }), chunked: true }]
  if (bearer) shapes.push({ kind: 'pattern', carriage: BEARER_ONLY, pattern: version === 4 ? 'jwe-gcm' : 'jwe-cbc' })
  return shapes
}
