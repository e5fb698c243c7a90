import type { Created, Found, Item, Removed, Target } from '../../src/index.js'

/** A place for people in memory, as an API has it: an external id is taken once. */
export interface MemoryTarget extends Target {
  /** Ids of the source, by ids of the target. */
  readonly objects: Map<
    string,
    { readonly kind: string; externalId: string | null; email: string | null; verified: boolean }
  >
  /** Names of the calls. */
  readonly calls: string[]
}

/** @param between Called before each object that is made or removed, and after it: a process may end there. */
export function memoryTarget(overrides: Partial<Target> = {}, between = async (): Promise<void> => {}): MemoryTarget {
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
    const others = [...objects].filter(([, one]) => email !== null && one.email === email)
    const [other] = others
    if (other === undefined) return { outcome: 'absent' }
    const [otherId, { verified, externalId }] = other
    const isUnique = others.length === 1
    return {
      outcome: 'taken',
      code: 'address_taken',
      id: otherId,
      verified,
      unique: isUnique,
      bound: externalId !== null,
    }
  }

  function make(item: Item): Created {
    const found = look(item)
    if (found.outcome === 'found') return { outcome: 'exists' }
    if (found.outcome === 'taken') return found
    const id = `t-${++number}`
    objects.set(id, {
      kind: item.kind,
      externalId: item.id,
      email: emailOf(item),
      verified: item.kind === 'person' && item.row.emailVerified,
    })
    return { outcome: 'created', id }
  }

  return {
    name: 'memory',
    kinds: ['organization', 'person', 'membership', 'group'],
    batchSize: 3,
    uniqueAddresses: true,
    takesPassword: ({ format }) => format === 'bcrypt',
    find: async (items) => (calls.push('find'), items.map(look)),
    create: async (items) => {
      calls.push('create')
      const answers: Created[] = []
      for (const item of items) {
        await between()
        answers.push(make(item))
        await between()
      }
      return answers
    },
    remove: async (removals) => {
      calls.push('remove')
      const answers: Removed[] = []
      for (const { targetId } of removals) {
        await between()
        answers.push({ outcome: objects.delete(targetId) ? 'removed' : 'absent' })
        await between()
      }
      return answers
    },
    ...overrides,
    objects,
    calls,
  }
}
