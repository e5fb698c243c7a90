import { bounded } from '../../async/bounded.js'
import { AuthError, isAuthError } from '../../errors/auth-error.js'
import type { AuthRequest, HeaderView } from '../../http/request.js'
import type { Revocation } from '../../cache/revocations.js'
import type { SetCookie } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { MintedTokens } from '../../migration/exchange/session-minter.js'
import type { Line } from '../line.js'
import { askApplication } from './ask-application.js'
import { askMinter, discard, type MintedSession } from './ask-minter.js'
import { takeUse } from './count-use.js'
import { judgeMinted } from './judge-minted.js'
import type { OldSession } from './old-session.js'
import { exchangeRefused } from './refusals.js'
import { namingOf, relate, type Proved } from './relations.js'
import { watchOf } from './revoked-meanwhile.js'

/** A new, checked session that nobody has yet. */
export interface Begun {
  readonly principal: Principal
  readonly cookies: readonly SetCookie[]
  readonly tokens: MintedTokens | null
  /** The revocation that ends this session. */
  readonly naming: Revocation
  /** Whether the old credential or this session was revoked meanwhile. Then nobody gets it any more. */
  isRevoked(): boolean
  /** Call it if nobody got the session. Never rejects. */
  discard(): Promise<void>
}

/** The client for which a session is created. */
export interface MintFor {
  readonly request: AuthRequest
  readonly view: HeaderView
  readonly tokens: boolean
}

/**
 * Counts the exchange, then creates and checks the session. A session that is not delivered is ended, and the exchange
 * is given back.
 *
 * @throws {AuthError} `exchange_refused`, `sign_in_required`, `rate_limited`, `credential_revoked`; an outage: `store_unavailable`, `verifier_unavailable`,
 * `account_unavailable`.
 */
export async function mintSession(line: Line, old: OldSession, how: MintFor): Promise<Begun> {
  const watch = await watchOf(line, old)
  await askApplication(old)
  const endsAt = endOf(line, old)
  await takeUse(line, old, endsAt)
  const minted = await askMinter(line, old, how, endsAt)
  try {
    const next = await judged(line, old, { ...how, minted, endsAt })
    await relate(line, old.rules, old, next)
    const naming = await namingOf(line, next)
    if (watch.isRevoked(next.principal)) throw new AuthError('credential_revoked')
    return {
      principal: next.principal,
      cookies: minted.kind === 'cookies' ? minted.cookies : [],
      tokens: minted.kind === 'tokens' ? minted.tokens : null,
      naming,
      isRevoked: () => watch.isRevoked(next.principal),
      discard: () => discard(old, minted),
    }
  } catch (cause) {
    await discard(old, minted)
    // The new session is then also refused, which is not the minter's mistake.
    throw watch.isOldRevoked() ? new AuthError('credential_revoked') : cause
  }
}

/** @throws {AuthError} `exchange_refused`, `account_unavailable`; an outage, unchanged. */
async function judged(
  line: Line,
  old: OldSession,
  { view, tokens, minted, endsAt }: MintFor & { readonly minted: MintedSession; readonly endsAt: number },
): Promise<Proved> {
  if ((minted.kind === 'tokens') !== tokens) throw exchangeRefused(tokens ? 'no_tokens' : 'mismatch')
  try {
    return await bounded(() => judgeMinted(line, view, old, minted, endsAt), old.rules.timeoutMs)
  } catch (cause) {
    throw isAuthError(cause) ? cause : new AuthError('account_unavailable', { cause })
  }
}

/** Seconds since the epoch. */
function endOf({ now }: Line, { rules, principal }: OldSession): number {
  const latest = now() / 1000 + rules.maxAgeSeconds
  const { expiresAt } = principal
  return Math.floor(rules.renew || expiresAt === null ? latest : Math.min(latest, expiresAt))
}
