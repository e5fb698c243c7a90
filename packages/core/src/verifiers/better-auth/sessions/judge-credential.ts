import { inTime } from '../../../async/in-time.js'
import { isAuthError } from '../../../errors/auth-error.js'
import { unanswered, wrongAnswer } from '../../../errors/unanswered.js'
import { assembleCookie } from '../../../http/chunks.js'
import { percentDecode } from '../../../http/cookies.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import type { Presented } from '../../../route/shape.js'
import { isObject } from '../../../settings/schemas.js'
import { rejected, type Demand, type Verification } from '../../../route/verifier.js'
import { readCookieCache, type CacheReading, type CacheRules, type ReadCache } from '../cookie-cache/cookie-cache.js'
import type { CookieNames } from './cookie-names.js'
import { judgeSession, type BetterAuthClaims } from './judge-session.js'
import type { FindSession, FoundSession, SessionCookie } from './session.js'
import { readSignedValue, signValue } from './signed-value.js'
import { renewedCookie, type Touch, type TouchOptions } from './touch.js'

/** What an instance needs to judge credentials. */
export interface Judge {
  readonly name: string
  /** The option that looks sessions up, for messages. */
  readonly source: string
  readonly secrets: SecretList
  readonly names: readonly CookieNames[]
  /** Null if stateless: there is only the cookie cache. */
  readonly find: FindSession | null
  /** How long a look-up may take, in milliseconds. */
  readonly timeoutMs: number
  /** How long a result of `find` may be remembered, in milliseconds. */
  readonly rememberMs: number
  /** Null if the cookie cache is not used. */
  readonly readCache: ReadCache | null
  readonly cacheRules: CacheRules
  readonly touch: { readonly options: TouchOptions; readonly run: Touch } | null
}

type Outcome = Verification<BetterAuthClaims>

/** Judges a session cookie, or the bearer of the same session: first the signature, then the cache, then the source. */
export async function judgeCredential(
  judge: Judge,
  credential: Presented,
  { fresh, refresh }: Demand,
  now: number,
): Promise<Outcome> {
  const { carrier, value } = credential
  const raw = carrier === 'bearer' && !value.includes('.')
  const signed = raw
    ? { token: value, secretIndex: null }
    : await readSignedValue(carrier === 'cookie' ? percentDecode(value) : value, judge.secrets)
  if (signed === null) return rejected('credential_invalid', 'signature')
  const { name, source, find, timeoutMs } = judge
  if (find === null && fresh) return cannotTell('stateless sessions cannot be judged afresh')
  const reading: CacheReading = fresh ? { kind: 'none' } : await readCache(judge, credential, signed.token, now)
  if (reading.kind === 'current')
    return judgeSession(name, reading.found, oldest(signed.secretIndex, reading.secretIndex), now)
  if (find === null) return refuseStateless(reading)
  let found: FoundSession | null
  try {
    const cookie = cookieOf(judge, credential, signed)
    found = await inTime(() => find(signed.token, cookie, { fresh, now }), timeoutMs, source)
  } catch (cause) {
    const retryAfterSeconds = isAuthError(cause) ? cause.retryAfterSeconds : null
    const more = retryAfterSeconds !== null && { retryAfterSeconds }
    return { outcome: 'unavailable', cause: unanswered(source, cause), ...more }
  }
  if (found === null) return rejected('credential_revoked', 'session_unknown')
  if (!isFound(found))
    return { outcome: 'unavailable', cause: wrongAnswer(source, found, '`{ session, user }` or null') }
  const judged = judgeSession(name, found, signed.secretIndex, now)
  if (judged.outcome === 'unavailable') return { ...judged, cause: unanswered(source, judged.cause) }
  if (judged.outcome !== 'accepted') return judged
  // If nothing can be written, the session is not extended: a queue or an open socket only reads it.
  const slid = !refresh
    ? judged
    : await slide(judge, credential, { token: signed.token, secretIndex: signed.secretIndex, found }, now, judged)
  const { expiresAt } = judged.identity
  const until = Math.min(now + judge.rememberMs, (expiresAt ?? 0) * 1000)
  return slid.outcome === 'accepted' ? { ...slid, remember: { until } } : slid
}

/** A function of the app may return anything, such as undefined for an unknown session. */
function isFound(found: unknown): boolean {
  const { session, user } = (found ?? {}) as Partial<FoundSession>
  return isObject(session) && (user === null || isObject(user))
}

async function readCache(
  { readCache: read, cacheRules, names }: Judge,
  { carrier, name, companions }: Presented,
  token: string,
  now: number,
): Promise<CacheReading> {
  const cache = names.find(({ session }) => session === name)?.cache
  if (read === null || carrier !== 'cookie' || cache === undefined || companions === undefined) return { kind: 'none' }
  return readCookieCache(assembleCookie(cache, companions), token, read, cacheRules, now)
}

function refuseStateless(reading: Exclude<CacheReading, { kind: 'current' }>): Outcome {
  switch (reading.kind) {
    case 'unavailable':
      return { outcome: 'unavailable', cause: reading.cause }
    case 'expired':
      return rejected('credential_expired', 'expired')
    case 'none':
      return rejected('credential_revoked', 'session_unknown')
  }
}

/** The session cookie for sources that ask Better Auth: as sent, then signed with the newest secret. */
function cookieOf(
  { names, secrets }: Judge,
  { carrier, value }: Presented,
  { token, secretIndex }: { token: string; secretIndex: number | null },
): SessionCookie {
  return {
    names: names.map(({ session }) => session),
    async values() {
      const newest = secretIndex === 0 ? [] : [await signValue(token, secrets.at(0))]
      if (secretIndex === null) return newest
      return [carrier === 'cookie' ? value : encodeURIComponent(value), ...newest]
    },
  }
}

async function slide(
  { name, touch, names, secrets }: Judge,
  { carrier, name: cookie, companions }: Presented,
  { token, secretIndex, found }: { token: string; secretIndex: number | null; found: FoundSession },
  now: number,
  judged: Outcome,
): Promise<Outcome> {
  // "Do not remember me" is a separate cookie; if it is present, the expiry is left alone.
  const isPassing = names.some(({ dontRemember }) => companions?.has(dontRemember) === true)
  if (touch === null || isPassing) return judged
  const end = await touch.run(token, found, now)
  if (end === null) return judged
  const moved = judgeSession(name, { ...found, session: { ...found.session, expiresAt: end } }, secretIndex, now)
  if (moved.outcome !== 'accepted' || carrier !== 'cookie' || touch.options.cookie === undefined) return moved
  return { ...moved, cookies: renewedCookie(cookie, await signValue(token, secrets.at(0)), touch.options) }
}

/** Index of the older of two secrets, which is in use as long as either signature needs it. */
function oldest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}

function cannotTell(reason: string): Outcome {
  return { outcome: 'unavailable', cause: new Error(reason) }
}
