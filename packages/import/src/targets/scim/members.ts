import { TargetError } from '../../ports/target-error.js'
import type { Changed, Operation, Resource } from './api.js'
import type { Directory } from './directory.js'
import { equals } from './filter.js'
import { GROUPS, pathOf } from './paths.js'
import { isRefusal } from './refusal.js'

/** How many are added in one request. */
const BATCH = 100

/**
 * Whether somebody is in a group. Uses a filter if it is known to work, else reads all members. Null: no such group.
 */
export async function isMember(directory: Directory, group: string, user: string): Promise<boolean | null> {
  if (directory.learnt.filtersMembers === true) {
    const found = await filtered(directory, group, user)
    if (found !== null) return found
    directory.learnt.filtersMembers = false
  }
  const members = await readMembers(directory, group)
  if (members === null) return null
  const [someone] = members
  if (directory.learnt.filtersMembers === null && someone !== undefined) await tryFilter(directory, group, someone)
  return members.has(user)
}

/** Learns whether the filter works: it finds a member, and nobody else. */
async function tryFilter(directory: Directory, group: string, someone: string): Promise<void> {
  const { learnt } = directory
  learnt.filtersMembers = 'asking'
  let works: boolean | null = null
  try {
    works =
      (await filtered(directory, group, someone)) === true &&
      (await filtered(directory, group, crypto.randomUUID())) === false
  } finally {
    learnt.filtersMembers = works
  }
}

/** Null: the directory does not know this filter, or ignores it. */
async function filtered({ api }: Directory, group: string, user: string): Promise<boolean | null> {
  const filter = `${equals('id', group)} and ${equals('members.value', user)}`
  const listed = await api.list(GROUPS, filter, 'id')
  if (listed === null || listed.some(({ id }) => id !== group)) return null
  return listed.length > 0
}

/** The members' ids. Null: no such group. */
async function readMembers({ api }: Directory, group: string): Promise<ReadonlySet<string> | null> {
  const there = await api.read(pathOf('group', group), 'members')
  return there === null ? null : membersOf(there)
}

export function membersOf({ members }: Resource): ReadonlySet<string> {
  const listed = Array.isArray(members) ? (members as readonly ({ readonly value?: unknown } | null)[]) : []
  return new Set(listed.map((one) => one?.value).filter((value): value is string => typeof value === 'string'))
}

/** Adds, and never replaces: existing members stay, and are there once. */
export async function addMembers({ api }: Directory, group: string, users: readonly string[]): Promise<Changed> {
  for (let from = 0; from < users.length; from += BATCH) {
    const value = users.slice(from, from + BATCH).map((user) => ({ value: user }))
    const added = calm(await api.patch(pathOf('group', group), [{ op: 'add', path: 'members', value }], null))
    if (added !== 'changed') return added
  }
  return 'changed'
}

/** By their values: removing `members` as a whole would remove everybody. */
export async function removeMembers({ api }: Directory, group: string, users: readonly string[]): Promise<Changed> {
  const operations = users.map((user): Operation => ({ op: 'remove', path: `members[${equals('value', user)}]` }))
  for (let from = 0; from < operations.length; from += BATCH) {
    const removed = calm(await api.patch(pathOf('group', group), operations.slice(from, from + BATCH), null))
    if (removed !== 'changed') return removed
  }
  return 'changed'
}

/** Somebody else changed the group at the same moment: adding and removing may be repeated. */
function calm(answer: Changed): Changed {
  if (isRefusal(answer) && (answer.refused === 409 || answer.refused === 412))
    throw new TargetError('retryable', { code: 'changed_meanwhile' })
  return answer
}
