import { percentDecode } from '../../http/cookies.js'
import { createSecretList, type SecretList } from '../../keys/secrets/secret-list.js'
import { onlyIn } from '../../route/carriers.js'
import type { JsonObject } from '../../route/jwt.js'
import { rejected, type Verification, type Verifier } from '../../route/verifier.js'
import { claimReader, type ClaimReader } from '../../settings/claim-source.js'
import { ownerOf } from '../../settings/options.js'
import { acceptanceEnd, acceptancesOf, endlessUntil, untilEnded } from '../../verify/acceptance-end.js'
import { identityOf } from '../../verify/identity.js'
import { claimMapping, signInIn, type ClaimMapping } from '../../verify/jwt/claim-mapping.js'
import { deepFreeze } from '../../verify/jwt/mapped-claims.js'
import { acceptJwt } from '../../verify/jwt/remember-jwt.js'
import { openSeal, sealedPartOf } from '../../verify/sealed-session/seal.js'
import { parseIronSessionOptions, type IronSessionOptions, type ParsedIronSession } from './options.js'

/**
 * Verifies sessions of iron-session: a cookie that seals the app's session data.
 *
 * Decides that one of the passwords sealed it, that it is current, and that somebody has signed in to it. Does not
 * decide whether the account still exists (`link`) or what it may do (`authorize`). Does not rewrite the cookie:
 * iron-session does.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://github.com/vvo/iron-session
 */
export function ironSession<const Name extends string, Session extends object = JsonObject>(
  options: IronSessionOptions<Name, Session>,
): Verifier<Name, NoInfer<Session>> {
  const owner = ownerOf('ironSession', options)
  const parsed = parseIronSessionOptions(options, owner)
  const { acceptWeakSecret, acceptUnlimited, signedInAt } = parsed
  // Only one hash iteration protects the password of a seal, so a phrase can be guessed.
  const rules = { minimumBytes: 32, acceptWeakSecret, isTextOnly: true } as const
  const passwords = createSecretList(parsed.passwords, rules, `${owner}.passwords`, Date.now())
  const judge: Judge = {
    ...parsed,
    passwords,
    mapping: claimMapping(parsed.claims, owner),
    signedInAt: signedInAt === undefined ? null : claimReader(signedInAt, `${owner}.signedInAt`),
  }
  return {
    name: options.name,
    shapes: [{ kind: 'cookie', carriage: onlyIn({ cookies: parsed.cookies }) }],
    canonical: sealedPartOf,
    secrets: passwords,
    about: {
      kind: 'ironSession',
      acceptances: acceptancesOf({ acceptWeakSecret, acceptUnlimited }),
      requiresExpiry: acceptUnlimited === undefined,
    },
    open(context) {
      const { emit, now } = context
      passwords.warn(emit, parsed.name)
      if (acceptUnlimited !== undefined) emit({ type: 'unlimited_tokens', verifier: parsed.name, ...acceptUnlimited })
      const ending = { verifier: parsed.name, ...context }
      const unlimited = acceptanceEnd(acceptUnlimited, 'acceptUnlimited', ending)
      const verify = endlessUntil<Session>(
        ({ value }) => judgeSeal(judge, percentDecode(value), now()) as Promise<Verification<Session>>,
        unlimited,
      )
      return {
        verify: untilEnded(verify, acceptanceEnd(acceptWeakSecret, 'acceptWeakSecret', ending)),
        ready: async () => {},
        close: () => {},
      }
    },
  }
}

interface Judge extends Pick<ParsedIronSession, 'name' | 'isRevoked' | 'acceptUnlimited'> {
  readonly passwords: SecretList
  readonly mapping: ClaimMapping
  /** Null if the session does not say. */
  readonly signedInAt: ClaimReader | null
}

async function judgeSeal(
  { name, passwords, mapping, signedInAt, isRevoked, acceptUnlimited }: Judge,
  sealed: string,
  now: number,
): Promise<Verification> {
  const seal = await openSeal(sealed, passwords, now)
  if (seal.outcome === 'expired') return rejected('credential_expired', 'expired')
  if (seal.outcome !== 'opened' || !isSession(seal.content)) return rejected('credential_invalid', 'seal')
  const { content, endsAt, passwordIndex } = seal
  if (endsAt === null && acceptUnlimited === undefined) return rejected('credential_invalid', 'claims', 'ttl')
  if (mapping.isAnonymous(content)) return rejected('credential_missing', 'anonymous')
  const caller = mapping.callerIn(content)
  if ('outcome' in caller) return caller
  const identity = identityOf<unknown>({
    issuer: name,
    ...caller,
    ...mapping.statementsIn(content),
    claims: deepFreeze(content),
    expiresAt: endsAt === null ? null : Math.floor(endsAt / 1000),
    issuedAt: signedInAt === null ? null : signInIn(signedInAt.read(content), now),
    secretIndex: passwordIndex,
  })
  return acceptJwt(identity, { isCurrent: () => true }, isRevoked)
}

/** An own `__proto__` member is a trap for code that copies the session; the app never wrote one. */
function isSession(content: unknown): content is JsonObject {
  return (
    typeof content === 'object' && content !== null && !Array.isArray(content) && !Object.hasOwn(content, '__proto__')
  )
}
