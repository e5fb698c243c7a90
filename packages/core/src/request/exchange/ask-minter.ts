import { bounded } from '../../async/bounded.js'
import { AuthError, isAuthError } from '../../errors/auth-error.js'
import type { Principal } from '../../identity/principal.js'
import type { Minted, MintRequest, SessionMinter } from '../../migration/exchange/session-minter.js'
import type { Line } from '../line.js'
import { giveBack } from './count-use.js'
import type { MintFor } from './mint.js'
import type { OldSession } from './old-session.js'
import { exchangeRefused, signInRequired } from './refusals.js'
import { assertPage } from './sign-in-page.js'

/** A session that can be checked and delivered. */
export type MintedSession = Exclude<Minted, { readonly kind: 'sign-in' }>

/**
 * Asks the minter. An exchange without a result is given back.
 *
 * @param endsAt Seconds since the epoch.
 * @throws {AuthError} `exchange_refused`, `sign_in_required`, `verifier_unavailable`; what the minter throws.
 */
export async function askMinter(
  line: Line,
  old: OldSession,
  { request, tokens }: MintFor,
  endsAt: number,
): Promise<MintedSession> {
  const { rules, minter, principal, credential } = old
  const { value, carrier } = credential
  const who = { principal, credential: value, carrier, amr: amrOf(principal), request }
  const how = { tokens, endsAt, slides: rules.renew, now: line.now() }
  const minted = await mintWithin(minter, { ...who, ...how }, rules.timeoutMs).catch(async (cause: unknown) => {
    await giveBack(old)
    throw outage(cause)
  })
  if (minted !== null && minted.kind !== 'sign-in') return minted
  await giveBack(old)
  if (minted === null) throw exchangeRefused('no_account')
  assertPage(minted)
  throw await signInRequired(old.migration, minted.url, minted.reason)
}

/**
 * Discards a session that nobody gets. The exchange is given back only if the session was ended; otherwise it lives and
 * counts.
 */
export async function discard(old: OldSession, minted: Minted): Promise<void> {
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
    // Nobody gets what comes too late.
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

/** How the person signed in, according to the old credential, plus this exchange. @see RFC 8176 section 2 */
function amrOf({ claims }: Principal): readonly string[] {
  const stated: unknown = (claims as { readonly amr?: unknown } | null)?.amr
  const methods = Array.isArray(stated) ? stated.filter((one): one is string => typeof one === 'string') : []
  return [...new Set([...methods, 'migrated'])]
}
