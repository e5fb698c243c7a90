import type { PolicyContent } from '@dualauth/core'
import { percentText } from '../read/arguments.js'

/** A policy member that changes. Null: absent. */
export interface Difference {
  readonly path: string
  readonly from: unknown
  readonly to: unknown
}

/** What changes between two policies, member by member, in the order of the newer one. Lists count as one member. */
export function differencesOf(before: PolicyContent | null, after: PolicyContent): readonly Difference[] {
  const [old, next] = [membersOf(before ?? {}), membersOf(after)]
  const paths = [...new Set([...next.keys(), ...old.keys()])]
  return paths
    .map((path) => ({ path, from: old.get(path) ?? null, to: next.get(path) ?? null }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to))
}

function membersOf(value: object, prefix = ''): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([name, member]: [string, unknown]): (readonly [string, unknown])[] => {
      const path = /^\w+$/.test(name) ? `${prefix}${name}` : `${prefix}${JSON.stringify(name)}`
      const isGroup = typeof member === 'object' && member !== null && !Array.isArray(member)
      return isGroup ? [...membersOf(member, `${path}.`)] : [[path, member]]
    }),
  )
}

/** Such as `rollout.basisPoints: 1% → 5%`. */
export function wordDifference({ path, from, to }: Difference): string {
  if (Array.isArray(from) || Array.isArray(to)) return `${path}: ${wordLists(listOf(from), listOf(to))}`
  const word = (value: unknown): string => wordValue(path, value)
  return `${path}: ${word(from)} → ${word(to)}`
}

function wordValue(path: string, value: unknown): string {
  if (value === null) return 'none'
  if (typeof value === 'number' && path.endsWith('basisPoints')) return percentText(value)
  return String(value)
}

/** How many ids of a list are named. */
const NAMED = 8

function wordLists(from: readonly string[], to: readonly string[]): string {
  const [added, removed] = [to.filter((id) => !from.includes(id)), from.filter((id) => !to.includes(id))]
  const words = [...added.map((id) => `+ ${id}`), ...removed.map((id) => `- ${id}`)]
  if (words.length === 0) return 'in another order'
  const more = words.length > NAMED ? [`and ${words.length - NAMED} more`] : []
  return [...words.slice(0, NAMED), ...more].join(', ')
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
