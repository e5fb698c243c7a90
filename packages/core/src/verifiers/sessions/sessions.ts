import * as crypto from '#crypto'
import { wrongAnswer, wrongMember } from '../../errors/unanswered.js'
import { percentDecode } from '../../http/cookies.js'
import { isSpelled } from '../../sql/column-values.js'
import { ownerOf } from '../../settings/options.js'
import type { Presented } from '../../route/shape.js'
import { rejected, type Verification, type Verifier } from '../../route/verifier.js'
import { sourceReady } from '../../verify/source-ready.js'
import { askedInTime } from '../../verify/stored-session/asked-in-time.js'
import { judgeStoredSession, type StoredSessionRules } from '../../verify/stored-session/judge-stored-session.js'
import {
  readStoredSession,
  sessionName,
  type ReadStoredSession,
  type StoredClaims,
} from '../../verify/stored-session/stored-session.js'
import { parseSessionsOptions, type FindStoredSession, type ParsedSessions, type SessionsOptions } from './options.js'
import { presentedKey, readSecretHash, type PresentedKey } from './presented-key.js'

/**
 * Verifies opaque sessions in the team's own store: Lucia, Django, Laravel, or a home-grown table.
 *
 * Decides that the store knows the token, that somebody has signed in to the session, and that it is current. Never
 * extends a session and never writes a cookie: the system that created the session does. A session that nobody has
 * signed in to counts as no credential: `credential_missing`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function sessions<const Name extends string, Claims extends object = StoredClaims>(
  options: SessionsOptions<Name, Claims>,
): Verifier<Name, Claims> {
  const source = ownerOf('sessions', options)
  const parsed = parseSessionsOptions(options, source)
  const rules: StoredSessionRules = {
    name: parsed.name,
    source,
    idleSeconds: parsed.idleSeconds,
    maxAgeSeconds: parsed.maxAgeSeconds,
    isEndless: parsed.expiry === 'store-decides',
    rememberMs: parsed.rememberMs,
  }
  return {
    name: options.name,
    shapes: parsed.shapes,
    asksElsewhere: true,
    about: { kind: 'sessions', sessions: parsed.find.about ?? { kind: 'function' } },
    open: ({ now }) => ({
      verify: (credential, { fresh }) => judge<Claims>(parsed, rules, credential, { fresh, now: now() }),
      ...(parsed.open !== undefined && { sessionIdOf: (copied) => idOfCopied(parsed, copied, now(), source) }),
      ready: (waitMs) => sourceReady(parsed.find, `${source}.find`, waitMs),
      close: () => {},
    }),
  }
}

/** Anything thrown means "cannot tell". */
async function judge<Claims>(
  parsed: ParsedSessions,
  rules: StoredSessionRules,
  { carrier, value }: Presented,
  demand: FindDemand,
): Promise<Verification<Claims>> {
  const token = await opened(parsed, carrier === 'cookie' ? percentDecode(value) : value, rules.source)
  const presented = token === null ? null : await presentedKey(token, parsed.storedAs)
  if (presented === null) return rejected('credential_invalid', 'signature')
  const session = await sessionOf(parsed, presented, demand, rules.source)
  return session === null
    ? rejected('credential_revoked', 'session_unknown')
    : judgeStoredSession(session, rules, null, demand.now)
}

type FindDemand = Parameters<FindStoredSession>[1]

/** Null: the store does not know the key, or not its secret. */
async function sessionOf(
  { find, timeoutMs }: ParsedSessions,
  presented: PresentedKey,
  demand: FindDemand,
  source: string,
): Promise<ReadStoredSession | null> {
  const { key, secrets } = presented
  const found = await askedInTime(() => find(key, demand), timeoutMs, `${source}.find`, secrets)
  if (found === null || found === undefined) return null
  const session = readStoredSession(found, `${source}.find`)
  if (!isAsked(session, presented)) return null
  if (!(await hasSecret(presented, session, source))) return null
  return { ...session, id: await sessionName(session.id, presented) }
}

/**
 * Whether the store found exactly what was asked. One that ignores case finds `ABC` for `abc`, but a revocation of the
 * credential covers only one of the two. An id that is the token shows that as well as `key` does.
 */
function isAsked({ key, id }: ReadStoredSession, presented: PresentedKey): boolean {
  if (key !== null) return isSpelled(key, presented.key)
  return id === null || !presented.spellings.some((asked) => id !== asked && id.toLowerCase() === asked.toLowerCase())
}

/**
 * The session of a credential that somebody copied, whatever its spelling. Null: it is none of this verifier.
 *
 * @throws what `open` or `find` threw: "cannot tell".
 */
async function idOfCopied(parsed: ParsedSessions, copied: string, now: number, source: string): Promise<string | null> {
  const token = await opened(parsed, percentDecode(copied), source)
  const presented = token === null ? null : await presentedKey(token, parsed.storedAs)
  if (presented === null) return null
  const session = await sessionOf(parsed, presented, { fresh: true, now }, source)
  return session?.id ?? null
}

async function opened({ open, timeoutMs }: ParsedSessions, value: string, source: string): Promise<string | null> {
  if (open === undefined) return value
  const token: unknown = await askedInTime(() => open(value), timeoutMs, `${source}.open`, [value])
  if (token !== null && typeof token !== 'string') throw wrongAnswer(`${source}.open`, token, 'a string or null')
  return token
}

/** A caller who knows only an id must learn nothing, so a wrong secret means "no such session". */
async function hasSecret({ secretHash }: PresentedKey, session: ReadStoredSession, source: string): Promise<boolean> {
  if (secretHash === null) return true
  const stored = session.secretHash === null ? null : readSecretHash(session.secretHash)
  if (stored === null) throw wrongMember(`${source}.find`, 'secretHash')
  return crypto.constantTimeEqual(stored, secretHash)
}
