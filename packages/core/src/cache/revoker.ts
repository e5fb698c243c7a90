import { AuthError, isAuthError } from '../errors/auth-error.js'
import type { Emit } from '../events/events.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import { revocationOf, type RevokeInput, type Spellings } from './revocation-of.js'
import type { FeedAbout } from '../route/about.js'
import type { Revocation, Revocations } from './revocations.js'

/** Sends revocations to other instances. Core has no feed; a package may provide one. */
export interface RevocationFeed {
  publish(revocation: Revocation): MaybePromise<void>
  /**
   * Calls `apply` for every revocation that another instance publishes. Returns a function that stops it. Anything else
   * in the feed changes nothing and is reported by an `unavailable` event. A feed calls `interrupted` once for each
   * outage in which it hears nothing: that is an `unavailable` event, too.
   */
  subscribe(apply: (revocation: unknown) => void, interrupted?: (cause: unknown) => void): MaybePromise<() => void>
  /** Rejects while it hears nothing, for `auth.ready` and `auth.health`. Absent: it is ready once it is subscribed. */
  ready?(): MaybePromise<unknown>
  /**
   * Stops all work of the feed, even if it was never subscribed. With the `apply` of a subscription that failed, only
   * what is done for that one: other instances may share the feed.
   */
  close?(apply?: (revocation: unknown) => void): MaybePromise<void>
  /** Where it stores revocations, for `auth.inspect`. Absent: unknown. */
  readonly about?: FeedAbout
}

export interface Revoker {
  /**
   * Rejects if the feed cannot be subscribed, because revocations from other instances would be missed. Another call
   * tries again.
   */
  ready(): Promise<unknown>
  /** @throws {AuthError} `store_unavailable`: it holds here, and a feed or a store was not told. */
  revoke(what: RevokeInput): Promise<void>
  /** Like `revoke`, for a revocation that is already in its final form. */
  end(revocation: Revocation): Promise<void>
  /** Revokes only what is related to it, such as a session that was exchanged for this one. */
  endRelated(revocation: Revocation): Promise<void>
  close(): Promise<void>
}

export interface RevokerParts extends Spellings {
  readonly revocations: Revocations
  readonly feed: RevocationFeed | undefined
  /** The other revocations that a revocation implies. */
  readonly relatedTo: (revocation: Revocation) => Promise<readonly Revocation[]>
  /** The sessions of a copied credential, for verifiers that know it in more spellings than its text tells. */
  readonly sessionsOf: (copied: string) => Promise<readonly Revocation[]>
  /**
   * Sessions created here at the same time, which a revocation from another instance also ends, although that instance
   * could not know them.
   */
  readonly takeLate: () => readonly Revocation[]
  readonly emit: Emit
  readonly now: () => number
}

/** Applies here first, so that a feed that is down delays nothing in this process. */
export function createRevoker({
  revocations,
  feed,
  relatedTo,
  sessionsOf,
  takeLate,
  emit,
  now,
  ...spellings
}: RevokerParts): Revoker {
  const failed = (cause: unknown): void => emit({ type: 'unavailable', source: 'revocations', cause })
  const apply = (revocation: Revocation): void => {
    revocations.apply(revocation)
    emit(eventOf(revocation, 'revoke'))
  }
  const hear = (heard: unknown): void => {
    if (!revocations.apply(heard)) return failed(new Error('the feed contained something that is not a revocation'))
    const revocation = heard as Revocation
    emit(eventOf(revocation, 'feed'))
    const late = takeLate()
    if (late.length > 0) void endLate(revocation, late).catch(failed)
  }
  // If the exchange itself ended the session, the store knows that.
  const endLate = (revocation: Revocation, late: readonly Revocation[]): Promise<void> =>
    revocation.kind === 'principal' || revocation.kind === 'verifier'
      ? all(late.map((one) => end(one)))
      : endRelated(revocation)
  let subscribed: Promise<(() => void) | undefined> | null = null
  function subscribe(): Promise<unknown> {
    if (subscribed !== null) return subscribed
    const asked = (async () => feed?.subscribe(hear, failed))()
    subscribed = asked
    asked.catch((cause: unknown) => {
      subscribed = null
      failed(cause)
    })
    return asked
  }
  // Meanwhile, requests are served with the revocations known here.
  void subscribe()
  const end = async (revocation: Revocation): Promise<void> => {
    apply(revocation)
    await all([feed?.publish(revocation), endRelated(revocation)])
  }
  const endRelated = async (revocation: Revocation): Promise<void> => {
    const related = await relatedTo(revocation)
    for (const one of related) apply(one)
    await all(related.map((one) => feed?.publish(one)))
  }
  return {
    async ready() {
      await subscribe()
      await feed?.ready?.()
    },
    end,
    endRelated,
    async revoke(what) {
      const ended = end(await revocationOf(what, spellings, now()))
      const { credential } = what
      if (credential === undefined) return ended
      const ofSessions = async (): Promise<void> =>
        all((await sessionsOf(spellings.readCredential(credential))).map(end))
      await all([ended, ofSessions()])
    },
    async close() {
      const stop = await subscribed?.catch(() => undefined)
      // A feed that another instance also reads goes on.
      if (stop !== undefined) stop()
      else await feed?.close?.(hear)
    },
  }
}

/**
 * Waits for all, so that a failing one does not prevent the others.
 *
 * @throws {AuthError} `store_unavailable`, so that a route that revokes answers 503 while a store is away.
 */
async function all(done: readonly MaybePromise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(done)).find((each) => each.status === 'rejected')
  if (failed === undefined) return
  const cause: unknown = failed.reason
  throw isAuthError(cause) ? cause : new AuthError('store_unavailable', { cause })
}

function eventOf(revocation: Revocation, source: 'revoke' | 'feed'): Parameters<Emit>[0] {
  const { kind } = revocation
  const verifier = kind === 'verifier' ? revocation.id : kind === 'session' ? revocation.verifier : null
  return { type: 'revoked', kind, source, verifier, principalId: kind === 'principal' ? revocation.id : null }
}
