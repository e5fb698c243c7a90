import { sumOf, type EvidenceStore, type Heartbeat, type Sighting } from './evidence.js'

/** Evidence in memory, for tests and for one process. It is lost when the process ends. */
export interface MemoryEvidence extends EvidenceStore {
  /** All sightings: one for each person, side, outcome, organization, kind of client, verifier and day. */
  sightings(): readonly Sighting[]
  /** One for each instance and day. */
  heartbeats(): readonly Heartbeat[]
}

/** An `EvidenceStore` in memory. */
export function memoryEvidence(): MemoryEvidence {
  const seen = new Map<string, Sighting>()
  const beats = new Map<string, Heartbeat>()
  return {
    write(sightings, heartbeat) {
      for (const sighting of sightings) {
        const key = keyOf(sighting)
        const known = seen.get(key)
        seen.set(key, known === undefined ? sighting : sumOf(known, sighting))
      }
      const { migration, instance, day } = heartbeat
      const key = `${migration} ${instance} ${day}`
      const { firstAt, lastAt, lost, ended } = beats.get(key) ?? heartbeat
      beats.set(key, {
        ...heartbeat,
        firstAt: Math.min(firstAt, heartbeat.firstAt),
        lastAt: Math.max(lastAt, heartbeat.lastAt),
        lost: Math.max(lost, heartbeat.lost),
        ended: ended || heartbeat.ended,
      })
    },
    sightings: () => [...seen.values()],
    heartbeats: () => [...beats.values()],
  }
}

/** Sightings with the same key are added up. */
function keyOf({ migration, day, side, outcome, client, verifier, user, organization }: Sighting): string {
  return JSON.stringify([migration, day, side, outcome, client, verifier, user, organization])
}
