import { bounded } from '../../async/bounded.js'
import { AuthError, isAuthError } from '../../errors/auth-error.js'
import type { AuthRequest, HeaderView } from '../../http/request.js'
import type { SetCookie } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { Minted, MintedTokens, MintRequest, SessionMinter } from '../../migration/exchange/session-minter.js'
import type { Line } from '../line.js'
import { judgeMinted } from './judge-minted.js'
import type { OldSession } from './old-session.js'
import { exchangeRefused, signInRequired } from './refusals.js'
import { relate } from './relations.js'
import { watchOf } from './revoked-meanwhile.js'
import { assertPage } from './sign-in-page.js'

/** A session that was minted and judged, and that nobody has yet. */
export interface Begun {
  readonly principal: Principal
  readonly cookies: readonly SetCookie[]
  readonly tokens: MintedTokens | null
  /** Whether the old credential was revoked meanwhile, or this session: then nobody gets it any more. */
  isRevoked(): boolean
  /** Nobody got it. Never rejects. */
  discard(): Promise<void>
}

/** For which client a session is minted. */
export interface MintFor {
  readonly request: AuthRequest
  readonly view: HeaderView
  readonly tokens: boolean
}

/**
 * Counts, mints, and judges what was minted. What is not handed out is ended and given back.
 *
 * @throws {AuthError} `exchange_refused`, `sign_in_required`, `rate_limited`, `credential_revoked`; an outage: `store_unavailable`, `verifier_unavailable`,
 * `account_unavailable`.
 */
export async function mintSession(line: Line, old: OldSession, { request, view, tokens }: MintFor): Promise<Begun> {
  const { rules, minter, principal, credential } = old
  const watch = await watchOf(line, old)
  await askApplication(old)
  const endsAt = endOf(line, old)
  await take(old, endsAt)
  const asked = {
    principal,
    credential: credential.value,
    carrier: credential.carrier,
    tokens,
    endsAt,
    slides: rules.renew,
  }
  const minted = await mintWithin(
    minter,
    { ...asked, amr: amrOf(principal), request, now: line.now() },
    rules.timeoutMs,
  ).catch(async (cause: unknown) => {
    await giveBack(old)
    throw outage(cause)
  })
  if (minted === null || minted.kind === 'sign-in') {
    await giveBack(old)
    if (minted !== null) assertPage(minted)
    throw minted === null
      ? exchangeRefused('no_account')
      : await signInRequired(old.migration, minted.url, minted.reason)
  }
  const discard = (): Promise<void> => discarded(old, minted)
  try {
    if ((minted.kind === 'tokens') !== tokens) throw exchangeRefused(tokens ? 'no_tokens' : 'mismatch')
    const proved = await bounded(() => judgeMinted(line, view, old, minted, endsAt), rules.timeoutMs).catch(
      (cause: unknown) => {
        throw isAuthError(cause) ? cause : new AuthError('account_unavailable', { cause })
      },
    )
    const { principal: next } = proved
    await relate(line, rules, old, proved)
    if (watch.isRevoked(next)) throw new AuthError('credential_revoked')
    return {
      principal: next,
      cookies: minted.kind === 'cookies' ? minted.cookies : [],
      tokens: minted.kind === 'tokens' ? minted.tokens : null,
      isRevoked: () => watch.isRevoked(next),
      discard,
    }
  } catch (cause) {
    await discard()
    // Then what was minted is refused, too, and that is no mistake of the minter.
    throw watch.isOldRevoked() ? new AuthError('credential_revoked') : cause
  }
}

/** What the application decides besides: a limit, and whether the person has to prove more. */
async function askApplication({ rules, migration, principal }: OldSession): Promise<void> {
  try {
    const { rateLimit, stepUp, timeoutMs } = rules
    const seconds = rateLimit === null ? 0 : ((await bounded(() => rateLimit(principal), timeoutMs)) ?? 0)
    if (seconds > 0) throw new AuthError('rate_limited', { retryAfterSeconds: seconds })
    if (stepUp !== null && (await bounded(() => stepUp(principal), timeoutMs)) === true)
      throw await signInRequired(migration, null, 'step_up')
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

/** @param minted When the minted session ends, in seconds since the epoch: with `renew`, later than the credential that is counted. */
async function take(old: OldSession, minted: number): Promise<void> {
  const { rules, key, principal } = old
  const { expiresAt } = principal
  let isLeft: boolean
  try {
    const use = { key, most: rules.most, endsAt: expiresAt === null ? null : Math.max(expiresAt, minted) * 1000 }
    isLeft = await bounded(
      () => rules.exchanges.take(use),
      rules.timeoutMs,
      // Taken too late, for nobody.
      (isTaken) => (isTaken ? giveBack(old) : undefined),
    )
  } catch (cause) {
    throw new AuthError('store_unavailable', { cause })
  }
  if (!isLeft) throw exchangeRefused('limit')
}

/** One that is not given back is lost to its holder, no more. */
async function giveBack({ rules, key }: OldSession): Promise<void> {
  try {
    await bounded(() => rules.exchanges.giveBack(key), rules.timeoutMs)
  } catch {
    // The store is away: the exchange counts as used.
  }
}

/** Given back only where it was ended: else it lives, and counts. */
async function discarded(old: OldSession, minted: Minted): Promise<void> {
  const { minter, rules } = old
  if (minter.end === undefined) return
  try {
    await bounded(() => minter.end?.(minted), rules.timeoutMs)
  } catch {
    return
  }
  await giveBack(old)
}

async function mintWithin(
  minter: SessionMinter,
  request: Omit<MintRequest, 'signal'>,
  timeoutMs: number,
): Promise<Minted | null> {
  const controller = new AbortController()
  try {
    // What comes too late is for nobody.
    return await bounded(
      () => minter.mint({ ...request, signal: controller.signal }),
      timeoutMs,
      (late) => (late === null ? undefined : minter.end?.(late)),
    )
  } finally {
    controller.abort()
  }
}

function outage(cause: unknown): AuthError {
  return isAuthError(cause) ? cause : new AuthError('verifier_unavailable', { cause })
}

/** As the old credential says, with what happened now. @see RFC 8176 section 2 */
function amrOf({ claims }: Principal): readonly string[] {
  const stated: unknown = (claims as { readonly amr?: unknown } | null)?.amr
  const methods = Array.isArray(stated) ? stated.filter((one): one is string => typeof one === 'string') : []
  return [...new Set([...methods, 'migrated'])]
}
