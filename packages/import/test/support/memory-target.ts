import type { Created, Found, Item, Removed, Target } from '../../src/index.js'

/** A place for people in memory, as an API has it: an external id is taken once. */
export interface MemoryTarget extends Target {
  /** Ids of the source, by ids of the target. */
  readonly objects: Map<string, { readonly kind: string; readonly externalId: string; email: string | null }>
  /** Names of the calls. */
  readonly calls: string[]
}

export function memoryTarget(overrides: Partial<Target> = {}): MemoryTarget {
  const objects: MemoryTarget['objects'] = new Map()
  const calls: string[] = []
  let number = 0
  const idOf = ({ kind, id }: { readonly kind: string; readonly id: string }) =>
    [...objects].find(([, one]) => one.kind === kind && one.externalId === id)?.[0] ?? null
  const emailOf = (item: Item) => (item.kind === 'person' ? (item.row.email?.toLowerCase() ?? null) : null)

  function look(item: Item): Found {
    const id = idOf(item)
    if (id !== null) return { outcome: 'found', id }
    const email = emailOf(item)
    const [other] = [...objects].find(([, one]) => email !== null && one.email === email) ?? []
    return other === undefined ? { outcome: 'absent' } : { outcome: 'taken', code: 'address_taken', id: other }
  }

  return {
    name: 'memory',
    kinds: ['organization', 'person', 'membership', 'group'],
    batchSize: 3,
    uniqueAddresses: true,
    takesPassword: (format) => format === 'bcrypt',
    find: async (items) => (calls.push('find'), items.map(look)),
    create: async (items) => {
      calls.push('create')
      return items.map((item): Created => {
        const found = look(item)
        if (found.outcome === 'found') return { outcome: 'exists' }
        if (found.outcome === 'taken') return found
        const id = `t-${++number}`
        objects.set(id, { kind: item.kind, externalId: item.id, email: emailOf(item) })
        return { outcome: 'created', id }
      })
    },
    remove: async (removals) => {
      calls.push('remove')
      return removals.map(({ targetId }): Removed => ({ outcome: objects.delete(targetId) ? 'removed' : 'absent' }))
    },
    ...overrides,
    objects,
    calls,
  }
}
