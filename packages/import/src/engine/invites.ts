import { object, optionError, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { TargetError } from '../ports/target-error.js'
import type { Person } from '../ports/rows.js'
import type { Item } from '../ports/target.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { portions } from './read.js'
import { chunks } from './step.js'
import { entryOf, workOf } from './work.js'

/**
 * Why somebody is invited. `reset_required`: is in the target, but the password could not be imported, and the target
 * knows of none since. `never_signed_in`: is in the target, and was never accepted on the new side of the migration.
 */
export type InviteReason = 'reset_required' | 'never_signed_in'

/** The options of `invites`. */
export interface InviteOptions {
  /**
   * People with any of these reasons are listed, once, with the first that applies in the order above. Default
   * `['reset_required']`.
   */
  readonly reasons?: readonly InviteReason[]
  /** Name of the migration whose evidence shows who has signed in; for `never_signed_in`. Default `default`. */
  readonly migration?: string
}

/** A person whom the application writes to. */
export interface Invite {
  /** The id in the source. */
  readonly id: string
  readonly targetId: string
  /** Current address in the source; null: they must be told in another way. */
  readonly email: string | null
  /** Null: unknown to the source. */
  readonly name: string | null
  readonly reason: InviteReason
}

const REASONS = ['reset_required', 'never_signed_in'] as const

const schema = object({
  reasons: z._default(
    z.array(z.enum(REASONS, `one of ${REASONS.join(', ')}`)).check(z.minLength(1, 'at least one reason')),
    ['reset_required'],
  ),
  migration: z._default(text, 'default'),
})

export type InviteSettings = Required<InviteOptions>

export function inviteSettingsOf(options: InviteOptions): InviteSettings {
  return parseOptions(schema, options, 'createImport.invites')
}

/**
 * Reads the people of the source, and checks the ledger, the target and the evidence for each batch. Writes nothing.
 */
export async function* listInvites(
  engine: Engine,
  only: ReadonlySet<string> | null,
  { reasons, migration }: InviteSettings,
): AsyncGenerator<Invite, void, undefined> {
  const { ledger, scope, settings } = engine
  const size = Math.max(settings.batchSize ?? 100, settings.target.batchSize)
  for await (const { rows } of portions(engine, 'person', size, only)) {
    const entries = rows.filter(({ row }) => !row.disabled).map((row) => entryOf(engine, 'person', row))
    const known = await ledger.peek(
      scope,
      'person',
      entries.map(({ entry }) => entry),
      { failed: false, changed: false },
    )
    const there = known.flatMap((item, index) =>
      (item.state === 'done' || item.state === 'rollback_blocked') && item.targetId !== null
        ? [{ ...workOf(engine, 'person', entries[index]!, item), known: item, targetId: item.targetId }]
        : [],
    )
    const lacking = reasons.includes('reset_required')
      ? await withoutPassword(
          engine,
          there.filter((one) => one.known.resetRequired).map(({ item }) => item),
        )
      : new Set<string>()
    const seen = reasons.includes('never_signed_in')
      ? await seenOf(
          engine,
          migration,
          there.map(({ item }) => item.id),
        )
      : null
    if (engine.stopping.aborted) return
    for (const { item, targetId } of there) {
      const reason = lacking.has(item.id) ? 'reset_required' : seen?.has(item.id) === false ? 'never_signed_in' : null
      if (reason === null) continue
      const { email, name, firstName, lastName } = item.row as Person
      const parts = [firstName, lastName].filter((part) => part !== null).join(' ')
      yield { id: item.id, targetId, email, name: name ?? (parts === '' ? null : parts), reason }
    }
  }
}

/** Anybody who has chosen one on the new side since needs no letter. If the target cannot say, nobody has. */
async function withoutPassword(engine: Engine, items: readonly Item[]): Promise<ReadonlySet<string>> {
  const { target } = engine.settings
  const lacking = new Set(items.map(({ id }) => id))
  if (target.hasPassword === undefined) return lacking
  for (const some of chunks(items, target.batchSize)) {
    const result = await ask(engine, false, some.length, (call) => target.hasPassword!(some, call))
    if (result.ok) for (const [index, { id }] of some.entries()) if (result.answers[index] === true) lacking.delete(id)
    // Half a list would be mistaken for a whole one.
    if (!result.ok && !engine.stopping.aborted) throw new TargetError('fatal', { code: result.code })
  }
  return lacking
}

async function seenOf(
  { ledger }: Engine,
  migration: string,
  ids: readonly string[],
): Promise<ReadonlySet<string> | null> {
  const seen = await ledger.seenOnNewSide(migration, ids)
  if (seen === null)
    throw optionError(
      'createImport.invites.migration',
      `nothing watches the migration ${migration}, so nobody can say who has signed in`,
    )
  return seen
}
