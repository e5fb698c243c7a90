import type { RejectionReason } from '../../../events/events.js'
import { within } from '../../../async/within.js'
import { readJwt, type JsonObject } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import { confirmedContent, unprovedContent, withScope } from './content.js'
import type { OidcRefreshParts, RefreshableOidcSession } from './session-port.js'
import type { Tokens } from './token-client.js'

export interface RenewalRules extends OidcRefreshParts {
  readonly clientId: string
  readonly leastConfirmedSeconds: number
  /** Time limit for checking an id token, because a key set may have to be fetched; in milliseconds. */
  readonly timeoutMs: number
}

/** The assumed life of an access token if the answer does not state it. */
const DEFAULT_LIFETIME_SECONDS = 300

/** How long an answer of the token endpoint confirms a session, in seconds. @see RFC 6749 section 5.1 */
export function confirmedSeconds(expiresIn: unknown, least: number): number {
  const seconds = Number(expiresIn ?? DEFAULT_LIFETIME_SECONDS)
  return Math.max(least, Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_LIFETIME_SECONDS)
}

/**
 * The session's content after the answer to a refresh. Claims are sealed only after they are verified, because a seal
 * is trusted. If the id token is another's or cannot be checked, only its refresh token is kept, and it proves nothing.
 */
export async function renewedContent(
  rules: RenewalRules,
  session: RefreshableOidcSession,
  { id_token: idToken, refresh_token: refreshToken = null, expires_in: expiresIn, scope }: TokensOrNull,
): Promise<JsonObject> {
  const judged = idToken === undefined ? { claims: null } : await claimsOf(rules, session, idToken)
  if ('problem' in judged) return unprovedContent(session, refreshToken, judged.problem)
  const confirmation = {
    claims: judged.claims === null ? null : rules.keepClaims(withScope(judged.claims, scope)),
    refreshToken,
    confirmedSeconds: confirmedSeconds(expiresIn, rules.leastConfirmedSeconds),
  }
  return confirmedContent(session, confirmation, rules.idleSeconds, Math.floor(rules.context.now() / 1000))
}

type TokensOrNull = Omit<Tokens, 'refresh_token'> & { readonly refresh_token?: string | null | undefined }

type JudgedClaims = { readonly claims: JsonObject | null } | { readonly problem: RejectionReason }

async function claimsOf(
  { idTokenProblem, clientId, timeoutMs }: RenewalRules,
  session: RefreshableOidcSession,
  idToken: string,
): Promise<JudgedClaims> {
  const jwt = readJwt(idToken)
  if (jwt === null) return { problem: 'claims' }
  const judging = Promise.resolve(idTokenProblem(jwt, clientId)).then(
    (problem) => ({ problem }),
    // If the key set is down, it cannot tell, and the next request tries again.
    () => ({ problem: { reason: 'key_unknown' as const } }),
  )
  const judged = await within(judging, timeoutMs)
  if (judged === null) return { problem: 'key_unknown' }
  if (judged.problem !== null) return { problem: judged.problem.reason }
  return own(jwt.claims, 'sub') === session.claims['sub'] ? { claims: jwt.claims } : { problem: 'principal' }
}
