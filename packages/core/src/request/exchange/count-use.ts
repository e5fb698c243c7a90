import { bounded } from '../../async/bounded.js'
import { AuthError } from '../../errors/auth-error.js'
import type { OldSession } from './old-session.js'
import { exchangeRefused } from './refusals.js'

/** @param minted When the minted session ends, in seconds since the epoch: with `renew`, later than the credential that is counted. */
export async function takeUse(old: OldSession, minted: number): Promise<void> {
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
export async function giveBack({ rules, key }: OldSession): Promise<void> {
  try {
    await bounded(() => rules.exchanges.giveBack(key), rules.timeoutMs)
  } catch {
    // The store is away: the exchange counts as used.
  }
}
