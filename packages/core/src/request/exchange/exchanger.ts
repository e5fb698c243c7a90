import { cacheKeyOf } from '../../cache/cache-key.js'
import type { Revocation } from '../../cache/revocations.js'
import { isAuthError } from '../../errors/auth-error.js'
import type { Principal } from '../../identity/principal.js'
import type { Line } from '../line.js'
import { createFlights, type Flight, type Flights } from './flights.js'
import { createLately } from './lately.js'
import { mintSession, type MintFor } from './mint.js'
import { createOldEnds, type OldEnds } from './old-ends.js'
import type { OldSession } from './old-session.js'
import { part, relatedTo } from './relations.js'

/** The exchanges of one instance. */
export interface Exchanger {
  readonly flights: Flights
  /** Joins the exchange of this credential that is under way, or starts one. */
  begin(line: Line, old: OldSession, how: Begin): Flight
  /** Call it for each accepted caller: if the session was created here, it has arrived. */
  presented(principal: Principal): void
  /** Recently delivered sessions that a revocation from another instance reaches only now. */
  takeLate(): readonly Revocation[]
  /** The other revocations that a revocation implies. Rejects if a store cannot be reached. */
  relatedTo(revocation: Revocation): Promise<readonly Revocation[]>
  close(): Promise<void>
}

export interface Begin extends MintFor {
  readonly mark: string
  readonly automatic: boolean
}

/** During this time, a browser whose answer was lost and its other tabs get the same session. */
const KEEP_MS = 60_000

type Parts = Pick<Line, 'emit' | 'now' | 'memory' | 'steering' | 'canonical'>

export function createExchanger({ emit, now, memory, steering, canonical }: Parts): Exchanger {
  const rules = (steering?.migrations ?? []).flatMap(({ options: { exchange } }) => exchange ?? [])
  const flights = createFlights(now)
  const lately = createLately(now)
  const ends: OldEnds = createOldEnds(emit, async (old, end) => {
    await part({ canonical, now }, old.rules, old)
    await end()
    memory?.forget(await cacheKeyOf(old.credential))
  })
  return {
    flights,
    begin(line, old, { automatic, mark, ...how }) {
      const flightKey = flightKeyOf(old, how.tokens)
      const known = flights.find(flightKey)
      if (known !== undefined) return known
      const startedAt = performance.now()
      const migration = old.migration.options.name
      const of = factsOf(old, migration, automatic)
      const flight = flights.start(
        flightKey,
        {
          mark,
          // Not for tokens: two holders of one refresh token would look like a theft.
          keepMs: how.tokens ? 0 : KEEP_MS,
          handedOut(begun) {
            const { principal } = begun
            ends.schedule(old, principal)
            lately.add(begun)
            const { verifier: from, ...more } = of
            const durationMs = performance.now() - startedAt
            emit({ type: 'exchanged', ...more, durationMs, migration, from, to: principal.verifier })
          },
        },
        () => mintSession(line, old, how),
      )
      flight.begun.catch((cause: unknown) => emitRefused(emit, of, cause))
      return flight
    },
    presented: ends.presented,
    takeLate: () => lately.takeRevoked().map(({ naming }) => naming),
    relatedTo: (revocation) => relatedTo(rules, revocation),
    async close() {
      await Promise.all([flights.close(), ends.close()])
    },
  }
}

export function flightKeyOf({ key, principal }: Pick<OldSession, 'key' | 'principal'>, tokens: boolean): string {
  return JSON.stringify([key, tokens, principal.id, principal.organization])
}

type Facts = ReturnType<typeof factsOf>

function factsOf(
  { principal, credential }: Pick<OldSession, 'principal' | 'credential'>,
  migration: string | null,
  automatic: boolean,
): {
  readonly migration: string | null
  readonly verifier: string
  readonly carrier: OldSession['credential']['carrier']
  readonly automatic: boolean
  readonly principalId: string
  readonly organization: string | null
} {
  const { verifier, id: principalId, organization } = principal
  return {
    migration,
    verifier,
    carrier: credential.carrier,
    automatic,
    principalId,
    organization,
  }
}

/** Emits that a credential cannot be exchanged. */
export function emitNoPassage(
  { steering, emit }: Pick<Line, 'steering' | 'emit'>,
  of: Pick<OldSession, 'principal' | 'credential'>,
  automatic: boolean,
  cause: unknown,
): void {
  const [part] = steering?.partsOf(of.principal.verifier) ?? []
  emitRefused(emit, factsOf(of, part?.migration.options.name ?? null, automatic), cause)
}

function emitRefused(emit: Line['emit'], of: Facts, cause: unknown): void {
  // Other errors of the app's own function go to the caller.
  if (!isAuthError(cause)) return
  const { code, reason } = cause
  emit({ type: 'exchange_refused', ...of, code, reason, ...(cause.cause !== undefined && { cause: cause.cause }) })
}
