import type { Heartbeat, Sighting } from '@dualauth/core'
import { isKey } from '../sql/id-column.js'

/** The end of the year 9999: many readers do not accept later dates. */
const LAST_MS = 253_402_300_799_999

export function sightingsText(sightings: readonly Sighting[]): string {
  return JSON.stringify(
    sightings.map((seen) => ({
      migration: seen.migration,
      user_id: idText(seen.user),
      side: seen.side,
      outcome: seen.outcome,
      organization: idText(seen.organization),
      client: seen.client,
      verifier: seen.verifier,
      day: seen.day,
      first_ms: whole(seen.firstAt),
      last_ms: whole(seen.lastAt),
      uses: seen.uses,
      expires_ms: seen.expiresAt === null ? null : whole(seen.expiresAt),
    })),
  )
}

export function beatText({ firstAt, lastAt, writtenAt, ...beat }: Heartbeat): string {
  const { migration, instance, day, label = null, version, digest = null, lost, ended } = beat
  const [first_ms, last_ms, written_ms] = [whole(firstAt), whole(lastAt), whole(writtenAt)]
  const times = { day, first_ms, last_ms, written_ms }
  return JSON.stringify({ migration, instance, label, ...times, version, digest, lost, ended })
}

/** An id that cannot be stored must not block the others: the sighting is kept without it. */
function idText(id: string | null): string {
  return id !== null && isKey(id) ? id : ''
}

function whole(milliseconds: number): number {
  return Math.min(Math.trunc(milliseconds), LAST_MS)
}
