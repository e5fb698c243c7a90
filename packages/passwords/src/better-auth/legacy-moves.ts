import { createHash } from 'node:crypto'
import type { PasswordPlugin } from './plugin.js'

/** The model of what has moved, in Better Auth's own database. */
export const LEGACY_MOVE = 'legacyMove'

/** As a plugin of Better Auth states it. No interface: their type asks for an index. */
export type LegacyMovesSchema = {
  legacyMove: {
    fields: {
      key: { type: 'string'; required: true; unique: true }
      movedAt: { type: 'date'; required: true }
    }
  }
}

/** The table of `lazyImport`, which brings it along, and of `betterAuthPasswords`. */
export const legacyMovesSchema: LegacyMovesSchema = {
  legacyMove: {
    fields: {
      key: { type: 'string', required: true, unique: true },
      movedAt: { type: 'date', required: true },
    },
  },
}

/**
 * A plugin of Better Auth that is a table: who has come from the old side. `betterAuthPasswords` needs it, or `lazyImport`, which brings it
 * along: without a memory, a password that somebody removed would come back from the old side, and so would a deleted user.
 * Make the table with Better Auth's own command (`npx auth migrate` or `generate`).
 */
export function legacyMoves(): PasswordPlugin<'dualauth-legacy-moves'> {
  return { id: 'dualauth-legacy-moves', schema: legacyMovesSchema }
}

/** What may have moved, by a digest, so that a deleted person leaves no address behind. The import into Better Auth writes the same. */
export function moveKey(what: 'address' | 'password' | 'user', text: string): string {
  return `${what}:${createHash('sha256').update(text).digest('hex')}`
}

/** What is used of Better Auth's adapter. */
export interface MovesAdapter {
  findOne(query: {
    readonly model: string
    readonly where: readonly { readonly field: string; readonly value: unknown }[]
  }): Promise<object | null>
  create(row: { readonly model: string; readonly data: Readonly<Record<string, unknown>> }): Promise<unknown>
}

export async function hasMoved(adapter: MovesAdapter, key: string): Promise<boolean> {
  return (await adapter.findOne({ model: LEGACY_MOVE, where: [{ field: 'key', value: key }] })) !== null
}

/** Once each, however often it is noted. */
export async function noteMoves(adapter: MovesAdapter, keys: readonly string[]): Promise<void> {
  for (const key of keys)
    try {
      if (!(await hasMoved(adapter, key)))
        await adapter.create({ model: LEGACY_MOVE, data: { key, movedAt: new Date() } })
    } catch (cause) {
      // Another process was faster.
      if (!(await hasMoved(adapter, key))) throw cause
    }
}
