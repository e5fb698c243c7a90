import type { WorkosKind, WorkosObject } from './directory.js'

/** Fields by which objects are looked up, besides their ids. */
const KEYS = ['external_id', 'email', 'user_id', 'organization_id'] as const
export type ObjectKey = (typeof KEYS)[number]

/** The objects of a directory, indexed because tests may have a hundred thousand. */
export interface Objects {
  get(kind: WorkosKind, id: string): WorkosObject | undefined
  set(kind: WorkosKind, object: WorkosObject): void
  delete(kind: WorkosKind, id: string): void
  /** All of a kind, or those whose field has this value. The case of e-mail addresses is ignored. */
  list(kind: WorkosKind, by?: ObjectKey, value?: string): readonly WorkosObject[]
}

export function createObjects(): Objects {
  const places = new Map<string, Map<string, WorkosObject>>()
  const placesOf = (kind: WorkosKind, object: WorkosObject): readonly string[] => [
    kind,
    ...KEYS.flatMap((key) => (typeof object[key] === 'string' ? [placeOf(kind, key, object[key])] : [])),
  ]
  const get = (kind: WorkosKind, id: string): WorkosObject | undefined => places.get(kind)?.get(id)
  return {
    get,
    set(kind, object) {
      const now = placesOf(kind, object)
      const before = get(kind, object.id)
      // An object that stays keeps its place in the order.
      if (before !== undefined)
        for (const place of placesOf(kind, before)) if (!now.includes(place)) places.get(place)?.delete(object.id)
      for (const place of now) {
        const there = places.get(place) ?? new Map<string, WorkosObject>()
        places.set(place, there.set(object.id, object))
      }
    },
    delete(kind, id) {
      const gone = get(kind, id)
      if (gone === undefined) return
      for (const place of placesOf(kind, gone)) places.get(place)?.delete(id)
    },
    list: (kind, by, value) => [
      ...(places.get(by === undefined || value === undefined ? kind : placeOf(kind, by, value))?.values() ?? []),
    ],
  }
}

function placeOf(kind: WorkosKind, key: ObjectKey, value: string): string {
  return `${kind} ${key} ${key === 'email' ? value.toLowerCase() : value}`
}
