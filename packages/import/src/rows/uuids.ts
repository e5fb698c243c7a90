import type { ReadOptions, Source } from '../ports/source.js'

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** A uuid as PostgreSQL writes it; anything else as it is. */
export function oneSpelling<T>(id: T): T {
  return typeof id === 'string' && UUID.test(id) ? (id.toLowerCase() as T) : id
}

/** Fields of rows that are ids of the application. */
const IDS: readonly string[] = ['id', 'person', 'organization', 'members']

/** The same source, with its ids spelled as a column of type uuid spells them. */
export function withUuids(source: Source): Source {
  const { people, organizations, memberships, groups, count, fingerprint, close } = source
  const spelled = (read: Source['people']): Source['people'] =>
    async function* (options: ReadOptions) {
      for await (const row of read.call(source, options)) yield spelledRow(row)
    }
  return {
    name: source.name,
    people: spelled(people),
    ...(organizations !== undefined && { organizations: spelled(organizations) }),
    ...(memberships !== undefined && { memberships: spelled(memberships) }),
    ...(groups !== undefined && { groups: spelled(groups) }),
    ...(count !== undefined && { count: count.bind(source) }),
    ...(fingerprint !== undefined && { fingerprint: fingerprint.bind(source) }),
    ...(close !== undefined && { close: close.bind(source) }),
  }
}

function spelledRow(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row
  const entries = Object.entries(row).map(([name, value]: [string, unknown]) => {
    if (!IDS.includes(name)) return [name, value]
    return [name, Array.isArray(value) ? value.map(oneSpelling) : oneSpelling(value)]
  })
  return Object.fromEntries(entries) as unknown
}
