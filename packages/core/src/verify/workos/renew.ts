import * as crypto from '#crypto'
import type { Emit } from '../../events/events.js'
import { within } from '../../keys/within.js'
import type { Grant } from './authenticate.js'
import type { OpenRefresh, RefreshableSession, Renewal } from './refresh-port.js'
import { renewedContent } from './session-content.js'
import { putShared, runShared, type Shared, type ShareRules } from './share.js'
import { memoryStore, type RefreshStore } from './shared-store.js'

export interface RenewalParts {
  /** Asks WorkOS, once. */
  ask(session: RefreshableSession): Promise<Grant>
  seal(content: unknown): Promise<string>
  /** Null: this process shares with nobody. */
  readonly store: RefreshStore | null
  readonly rules: ShareRules
  readonly verifier: string
  readonly emit: Emit
}

/** A grant whose session is sealed already: the form that others get. */
type Settled = Exclude<Grant, { outcome: 'granted' }> | { readonly outcome: 'sealed'; readonly sealed: string }

/**
 * Renews a session once, however many requests carry it: those at the same time wait for one
 * answer, later ones with the old cookie get the same answer for a while, and other instances read
 * it from the store. A refresh token may be used only once.
 */
export function createRenewals(parts: RenewalParts): Pick<OpenRefresh, 'renew' | 'withdraw'> {
  const { rules, emit, verifier } = parts
  const memory = memoryStore(rules.now)
  const drops = memoryStore(rules.now)
  const newest = memoryStore(rules.now)
  const flights = new Map<string, Promise<Renewal>>()

  const shareThrough = (store: RefreshStore, key: string, session: RefreshableSession) =>
    runShared(store, key, rules, () => settle(parts, session), sharedOf)

  const fly = async (key: string, session: RefreshableSession): Promise<Renewal> => {
    const share = await shareThrough(parts.store ?? memory, key, session).catch((cause: unknown) => {
      emit({ type: 'unavailable', source: `${verifier} refresh store`, cause })
      return shareThrough(memory, key, session)
    })
    if (share === null) return busy()
    if ('own' in share) return share.own.outcome === 'sealed' ? renewed(key, share.own.sealed, true) : share.own
    return share.shared === 'ended' ? { outcome: 'ended' } : renewed(key, share.shared.sealed, false)
  }

  const renewed = (key: string, sealed: string, asked: boolean): Renewal => ({
    outcome: 'renewed',
    sealed: asked ? sealed : (newest.get(key) ?? sealed),
    asked,
    drop: () => void drop(key).catch(() => {}),
    isDropped: () => drops.get(key) !== null,
    supersede: (newer) => newest.set(key, newer, rules.keepMs),
  })

  const drop = async (key: string): Promise<void> => {
    drops.set(key, '', rules.keepMs)
    try {
      await putShared(parts.store ?? memory, key, rules, 'ended')
    } catch (cause) {
      emit({ type: 'unavailable', source: `${verifier} refresh store`, cause })
      throw cause
    }
  }

  const forget = (key: string, flight: Promise<Renewal>): void => {
    if (flights.get(key) === flight) flights.delete(key)
  }

  const renew = async (session: RefreshableSession): Promise<Renewal> => {
    const key = await keyOf(session)
    if (drops.get(key) !== null) return { outcome: 'ended' }
    const known = flights.get(key)
    if (known !== undefined) {
      // On Workers a fetch dies with the request that began it, so nobody waits without an end.
      const renewal = await within(known, rules.leaseMs)
      if (renewal === null) forget(key, known)
      return renewal ?? busy()
    }
    const flight: Promise<Renewal> = fly(key, session).finally(() => forget(key, flight))
    flights.set(key, flight)
    return flight
  }

  return { renew, withdraw: async (session) => drop(await keyOf(session)) }
}

async function keyOf({ refreshToken }: RefreshableSession): Promise<string> {
  return `dualauth:workos:${await crypto.sha256(refreshToken)}`
}

function busy(): Renewal {
  return { outcome: 'unavailable', cause: new Error('session: being refreshed elsewhere'), retryAfterSeconds: 1 }
}

/** Never throws: a refresh that was spent must not be tried again. */
async function settle({ ask, seal }: RenewalParts, session: RefreshableSession): Promise<Settled> {
  try {
    const grant = await ask(session)
    if (grant.outcome !== 'granted') return grant
    return { outcome: 'sealed', sealed: await seal(renewedContent(session.members, grant.answer)) }
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
}

function sharedOf(own: Settled): Shared | null {
  if (own.outcome === 'sealed') return { sealed: own.sealed }
  return own.outcome === 'ended' ? 'ended' : null
}
