import { bounded } from '../../async/bounded.js'
import { AuthError } from '../../errors/auth-error.js'
import type { Line } from '../line.js'
import type { OldSession } from './old-session.js'
import { exchangeRefused } from './refusals.js'

/** How long a session is known, in seconds: its next token may come long after the exchanged one has expired. */
export const SESSION_KNOWN: number = 30 * 86_400

/**
 * @param minted When the new session ends, in seconds since the epoch: with `renew`, later than the counted credential.
 */
export async function takeUse({ now }: Line, old: OldSession, minted: number): Promise<void> {
  const { rules, key, principal } = old
  const { expiresAt, sessionId } = principal
  const counted = sessionId === null ? 0 : Math.ceil(now() / 1000) + SESSION_KNOWN
  let isLeft: boolean
  try {
    const use = {
      key,
      most: rules.most,
      endsAt: expiresAt === null ? null : Math.max(expiresAt, minted, counted) * 1000,
    }
    isLeft = await bounded(
      () => rules.exchanges.take(use),
      rules.timeoutMs,
      // Taken too late: nobody uses it.
      (isTaken) => (isTaken ? giveBack(old) : undefined),
    )
  } catch (cause) {
    throw new AuthError('store_unavailable', { cause })
  }
  if (!isLeft) throw exchangeRefused('limit')
}

/** If this fails, its holder only loses one exchange. */
export async function giveBack({ rules, key }: OldSession): Promise<void> {
  try {
    await bounded(() => rules.exchanges.giveBack(key), rules.timeoutMs)
  } catch {
    // The store is down: the exchange counts as used.
  }
}
