import type { Family } from './families.js'

/** What is left of families that the memory of this process has no room for: enough to notice a refresh token that comes again. */
interface Outlines {
  set(id: string, family: Family): void
  get(id: string): Family | null
}

/** Some 20 megabytes. Those that were written longest ago go first. */
const MAX_OUTLINES = 50_000

type Outline = Pick<Family, 'generation' | 'state' | 'owner'> & { readonly until: number }

export function createOutlines(now: () => number, rememberMs: number): Outlines {
  // In the order in which they were written.
  const all = new Map<string, Outline>()
  return {
    set(id, { generation, state, owner }) {
      all.delete(id)
      all.set(id, { generation, state, owner, until: now() + rememberMs })
      if (all.size > MAX_OUTLINES) all.delete(all.keys().next().value as string)
    },
    get(id) {
      const outline = all.get(id)
      if (outline === undefined || outline.until <= now()) return null
      const { generation, state, owner } = outline
      return { generation, state, owner, answer: null, handedOutAt: 0, replaced: [], heldSince: null, before: [] }
    },
  }
}
