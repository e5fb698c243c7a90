import * as crypto from '#crypto'
import type { Emit } from '../../events/events.js'
import { createCoalesce } from '../../async/coalesce.js'
import { createLineage } from './lineage.js'
import { putShared, runUnderLease, sharedIn, type Share, type Shared, type LeaseRules } from './lease.js'
import type { Grant, NoGrant, OpenRefresh, Renewal } from './renewal.js'
import type { RefreshableSession } from './session-kind.js'
import { memoryStore, type RefreshStore } from './shared-store.js'

export interface RenewalParts<Session extends RefreshableSession> {
  /** Asks the provider, once. */
  ask(session: Session): Promise<Grant>
  /**
   * Revokes a refresh token at the provider, once and in bounded time. Rejects if that failed; null if the provider
   * cannot.
   */
  readonly revoke: ((refreshToken: string) => Promise<void>) | null
  seal(content: unknown): Promise<string>
  /** Prefix of the keys in the store; keeps several kinds apart. */
  readonly keyPrefix: string
  /** Null: this process shares with no other. */
  readonly store: RefreshStore | null
  readonly rules: LeaseRules
  readonly verifier: string
  readonly emit: Emit
}

/** A grant whose session is already sealed, as shared with others. */
type Settled = NoGrant | { readonly outcome: 'sealed'; readonly sealed: string }

/**
 * Renews a session once, however many requests carry it. Concurrent requests wait for one answer, later ones with the
 * old cookie get the same answer for a while, and other instances read it from the store. A refresh token may be used
 * only once.
 */
export function createRenewals<Session extends RefreshableSession>(
  parts: RenewalParts<Session>,
): Pick<OpenRefresh<Session>, 'renew' | 'endSession'> {
  const { rules, emit, verifier, keyPrefix } = parts
  const memory = memoryStore(rules.now)
  const lineage = createLineage(rules.now, rules.keepMs)
  const flights = createCoalesce<Renewal>({ waitMs: rules.leaseMs, late: busy })

  const reportStore = (cause: unknown): void =>
    emit({ type: 'unavailable', source: `${verifier} refresh store`, cause })

  const keyOf = async (refreshToken: string): Promise<string> => `${keyPrefix}${await crypto.sha256(refreshToken)}`

  /** @param at The key for sharing the answer: the session's, or one for the answer that is not fresh enough. */
  const fly = async (key: string, at: string, session: Session): Promise<Renewal> => {
    let share: Share<Settled>
    try {
      share = await runUnderLease(parts.store ?? memory, at, rules, () => settle(parts, session), sharedOf)
    } catch (cause) {
      reportStore(cause)
      // Another instance may have used the refresh token, and a provider that sees it twice ends the session.
      const kept = await sharedIn(memory, at, rules)
      if (kept === null) return away(cause)
      share = { shared: kept }
    }
    if (parts.store !== null) await keepOwn(at, share)
    if (at !== key) await replace(key, share)
    if (share === null) return busy()
    if ('own' in share) return share.own.outcome === 'sealed' ? renewed(key, share.own.sealed, true) : share.own
    return share.shared === 'ended' ? { outcome: 'ended' } : renewed(key, share.shared.sealed, false)
  }

  /** While the store is down, late requests get this process's answer. */
  const keepOwn = async (at: string, share: Share<Settled>): Promise<void> => {
    const shared = share !== null && 'own' in share ? sharedOf(share.own) : null
    if (shared !== null) await putShared(memory, at, rules, shared)
  }

  /** A fresher answer replaces the session's earlier one. */
  const replace = async (key: string, share: Share<Settled>): Promise<void> => {
    lineage.lead(key, null)
    const shared = share !== null && 'own' in share ? sharedOf(share.own) : null
    if (shared !== null) await publish(key, shared)
  }

  /** Sets the answer for a key, unless its session was ended. */
  const publish = async (key: string, shared: Shared): Promise<void> => {
    if (lineage.isEnded(key)) return
    try {
      await putShared(parts.store ?? memory, key, rules, shared)
    } catch (cause) {
      reportStore(cause)
      await putShared(memory, key, rules, shared)
    }
  }

  const renewed = (key: string, sealed: string, asked: boolean): Renewal => ({
    outcome: 'renewed',
    sealed: asked ? sealed : lineage.newestOf(key, sealed),
    asked,
    endSession: () => void endSession(key).catch(() => {}),
    isEnded: () => lineage.isEnded(key),
    supersede: (newer) => lineage.lead(key, newer),
    leadsTo: async (refreshToken) => lineage.follows(await keyOf(refreshToken), key),
    keepFor: async (refreshToken) => publish(await keyOf(refreshToken), { sealed }),
  })

  const endSession = async (key: string): Promise<void> => {
    const ended = lineage.endSession(key)
    try {
      await Promise.all(ended.map((one) => putShared(parts.store ?? memory, one, rules, 'ended')))
    } catch (cause) {
      reportStore(cause)
      throw cause
    }
  }

  const renew = async (session: Session, past: string | null): Promise<Renewal> => {
    const key = await keyOf(session.refreshToken)
    if (lineage.isEnded(key)) return { outcome: 'ended' }
    const at = past === null ? key : `${key}:${await crypto.sha256(past)}`
    return flights.join(at, () => fly(key, at, session))
  }

  return {
    renew,
    async endSession({ refreshToken }) {
      const told = [endSession(await keyOf(refreshToken)), revokeThere(parts, refreshToken)]
      const [ended] = await Promise.allSettled(told)
      if (ended?.status === 'rejected') throw ended.reason
    },
  }
}

/** A provider outage must not keep anybody signed in. */
async function revokeThere<Session extends RefreshableSession>(
  { revoke, verifier, emit }: RenewalParts<Session>,
  refreshToken: string,
): Promise<void> {
  await revoke?.(refreshToken).catch((cause: unknown) => emit({ type: 'session_end_failed', verifier, cause }))
}

/** The refresh token was not used. The presented session remains valid until it expires. */
function away(cause: unknown): Renewal {
  return { outcome: 'unavailable', cause: new Error('session: the store of refreshes gives no answer', { cause }) }
}

function busy(): Renewal {
  return { outcome: 'unavailable', cause: new Error('session: being refreshed elsewhere'), retryAfterSeconds: 1 }
}

/** Never throws: a used refresh token must not be tried again. */
async function settle<Session extends RefreshableSession>(
  parts: RenewalParts<Session>,
  session: Session,
): Promise<Settled> {
  try {
    const grant = await askAndReport(parts, session)
    if (grant.outcome !== 'granted') return grant
    return { outcome: 'sealed', sealed: await parts.seal(grant.content) }
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
}

async function askAndReport<Session extends RefreshableSession>(
  { ask, emit, verifier }: RenewalParts<Session>,
  session: Session,
): Promise<Grant> {
  const startedAt = performance.now()
  const grant = await ask(session)
  emit({
    type: 'session_refreshed',
    durationMs: performance.now() - startedAt,
    verifier,
    outcome: grant.outcome === 'granted' ? 'renewed' : grant.outcome,
    cause: grant.outcome === 'unavailable' ? grant.cause : null,
  })
  return grant
}

function sharedOf(own: Settled): Shared | null {
  if (own.outcome === 'sealed') return { sealed: own.sealed }
  return own.outcome === 'ended' ? 'ended' : null
}
