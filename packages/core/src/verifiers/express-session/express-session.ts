import * as crypto from '#crypto'
import { percentDecode } from '../../http/cookies.js'
import { ownerOf } from '../../settings/options.js'
import { createSecretList, type SecretList } from '../../keys/secrets/secret-list.js'
import { onlyIn } from '../../route/carriers.js'
import type { Presented } from '../../route/shape.js'
import { rejected, type Verification, type Verifier } from '../../route/verifier.js'
import { acceptanceEnd, acceptancesOf, untilEnded } from '../../verify/acceptance-end.js'
import { sourceReady } from '../../verify/source-ready.js'
import { askedInTime } from '../../verify/stored-session/asked-in-time.js'
import { judgeStoredSession } from '../../verify/stored-session/judge-stored-session.js'
import type { StoredClaims } from '../../verify/stored-session/stored-session.js'
import { parseExpressSessionOptions, type ExpressSessionOptions, type ParsedExpressSession } from './options.js'
import { askStore, readSession } from './read-session.js'
import { readSignedId, unsignedId } from './signed-id.js'

/**
 * Verifies sessions of express-session through the app's store, with or without Passport.
 *
 * Decides that the app signed the cookie, that its store has the session now, and that somebody has signed in to it.
 * The store decides when a session is over, as for express-session itself. Neither saves nor extends a session. A
 * session that nobody has signed in to counts as no credential: `credential_missing`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://expressjs.com/en/resources/middleware/session.html
 */
export function expressSession<const Name extends string, Claims extends object = StoredClaims>(
  options: ExpressSessionOptions<Name, Claims>,
): Verifier<Name, Claims> {
  const source = ownerOf('expressSession', options)
  const parsed = parseExpressSessionOptions(options, source)
  const { acceptWeakSecret } = parsed
  const rules = { minimumBytes: 32, acceptWeakSecret }
  const secrets = createSecretList(parsed.secrets, rules, `${source}.secrets`, Date.now())
  return {
    name: options.name,
    shapes: [{ kind: 'cookie', carriage: onlyIn({ cookies: [parsed.cookie] }) }],
    canonical: unsignedId,
    secrets,
    about: {
      kind: 'expressSession',
      sessions: { kind: 'function' },
      acceptances: acceptancesOf({ acceptWeakSecret }),
    },
    open(context) {
      secrets.warn(context.emit, parsed.name)
      const weak = acceptanceEnd(acceptWeakSecret, 'acceptWeakSecret', { verifier: parsed.name, ...context })
      return {
        verify: untilEnded<Claims>(
          (credential) => judge<Claims>(parsed, secrets, source, credential, context.now()),
          weak,
        ),
        ready: (waitMs) =>
          sourceReady({ ready: () => askStore(parsed.store, 'dualauth-ready') }, `${source}.store.get`, waitMs),
        close: () => {},
      }
    },
  }
}

/** Anything thrown means "cannot tell". */
async function judge<Claims>(
  parsed: ParsedExpressSession,
  secrets: SecretList,
  source: string,
  { value }: Presented,
  now: number,
): Promise<Verification<Claims>> {
  const signed = await readSignedId(percentDecode(value), secrets)
  if (signed === null) return rejected('credential_invalid', 'signature')
  const { name, store, timeoutMs, rememberMs } = parsed
  const found = await askedInTime(() => askStore(store, signed.id), timeoutMs, `${source}.store.get`, [signed.id])
  if (found === null || found === undefined || found === false) return rejected('credential_revoked', 'session_unknown')
  // The id with the secret is the credential.
  const session = readSession(found, await crypto.sha256(signed.id), parsed, source, now)
  const rules = { name, source, idleSeconds: null, maxAgeSeconds: null, isEndless: true, rememberMs }
  return judgeStoredSession(session, rules, signed.secretIndex, now)
}
