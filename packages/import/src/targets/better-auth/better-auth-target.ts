import type { Query } from '@dualauth/core'
import type { Checked, Item, ItemOf, Removal, Removed, Target, TargetCall, Updated } from '../../ports/target.js'
import { checkRows, checkUsers, havePasswords } from './check.js'
import { create } from './create.js'
import { find, refusalOf } from './find.js'
import { settingsOf, type BetterAuthTargetOptions } from './options.js'
import { takesPassword } from './password.js'
import { openPlace, removableOf, type Place } from './place.js'
import { named, organizationOf, userOf } from './records.js'
import { lockRows, readFingerprints, removeRows, type Removable } from './remove.js'
import { isRefusal, refusalCode, sqlFailure } from './sql-failure.js'
import { inTransaction } from './transaction.js'
import { updatePasswords, updateRows } from './update.js'

const BATCH = 100

/**
 * Writes people into the tables of Better Auth on PostgreSQL, with their accounts at other providers, their password
 * hash, organizations and members. Addresses are written in lower case, as Better Auth looks them up. A disabled person
 * is `banned` (plugin `admin`).
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; at the first call: a table or column does not exist.
 */
export function betterAuthTarget(options: BetterAuthTargetOptions): Target {
  const settings = settingsOf(options)
  const { query, pool, connections = pool, name, passwords } = settings
  let opened: Promise<Place> | null = null
  const place = (): Promise<Place> => (opened ??= openPlace(settings))
  const run = async <T>(
    sends: boolean,
    call: TargetCall,
    work: (place: Place, query: Query) => Promise<T>,
  ): Promise<T> => {
    try {
      return await work(await place(), call.query ?? query)
    } catch (error) {
      throw sqlFailure(error, sends)
    }
  }
  return {
    name,
    kinds: ['organization', 'person', 'membership'],
    batchSize: BATCH,
    uniqueAddresses: true,
    uniqueSlugs: true,
    takesPassword: (password) => takesPassword(passwords, password),
    find: (items, call) => run(false, call, (at, ask) => find(at, ask, items)),
    create: (items, call) => run(true, call, (at, ask) => create(at, ask, items, call.query !== null)),
    adopt: (items, call) => run(false, call, (at, ask) => adopt(at, ask, items)),
    update: (items, call) => run(false, call, (at, ask) => updateApart(at, ask, items)),
    remove: (removals, call) =>
      run(false, call, (at, ask) => remove(removableOf(at, removals[0]!.kind), removals, ask, connections)),
    check: (items, call) => run(false, call, (at, ask) => check(at, ask, items)),
    hasPassword: (items, call) => run(false, call, (at, ask) => havePasswords(ask, at, items)),
    ...(pool !== undefined && { transaction: (work) => inTransaction(pool, work) }),
  }
}

/** Under a lock if connections are given: somebody who signs in at this moment is seen, or finds no account. */
function remove(
  removable: Removable,
  removals: readonly Removal[],
  query: Query,
  connections: BetterAuthTargetOptions['connections'],
): Promise<readonly Removed[]> {
  if (connections === undefined) return removeRows(query, removable, removals)
  return inTransaction(connections, async (held) => {
    await lockRows(held, removable, removals)
    return removeRows(held, removable, removals)
  })
}

/** Marks people who count as the same person, if there is a column for it. */
async function adopt(at: Place, query: Query, items: readonly Item[]): Promise<readonly Updated[]> {
  const { user, organization, userKey, organizationKey } = at
  const [model, key] = items[0]!.kind === 'person' ? [user, userKey] : [organization, organizationKey]
  if (items[0]!.kind === 'membership' || model === null || !key.isExternal)
    return items.map(() => ({ outcome: 'updated' }))
  const rows = items.map(({ id, targetId }) => ({ id: targetId ?? '', values: { [key.column]: id } }))
  const there = await updateRows(query, model, rows)
  return items.map(({ targetId }): Updated => ({ outcome: there.has(targetId ?? '') ? 'updated' : 'absent' }))
}

/** All at once; one by one if the database refuses one of them. */
async function updateApart(at: Place, query: Query, items: readonly Item[]): Promise<readonly Updated[]> {
  const codes = items.map((item) => refusalOf(at, item))
  const sent = items.filter((_, index) => codes[index] === null)
  let done: readonly Updated[]
  try {
    done = sent.length === 0 ? [] : await update(at, query, sent)
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (sent.length === 1) done = [{ outcome: 'rejected', code: refusalCode(error) }]
    else {
      const apart: Updated[] = []
      for (const item of sent) apart.push(...(await updateApart(at, query, [item])))
      done = apart
    }
  }
  return items.map((item, index): Updated => {
    const code = codes[index]
    return code == null ? done[sent.indexOf(item)]! : { outcome: 'rejected', code }
  })
}

async function update(at: Place, query: Query, items: readonly Item[]): Promise<readonly Updated[]> {
  const { user, account, organization, member, settings } = at
  const kind = items[0]!.kind
  const model = kind === 'person' ? user : kind === 'organization' ? organization : member
  if (model === null) return items.map(() => ({ outcome: 'rejected', code: 'organizations_unsupported' }))
  const created = model.columns['createdAt']!.name
  const rows = items.map((item) => {
    const values =
      item.kind === 'person'
        ? userOf(user, item.row, settings.further.user)
        : item.kind === 'organization'
          ? organizationOf(model, item.row, settings.further.organization)
          : item.kind === 'membership'
            ? named(model, { role: item.row.roles.join(',') || 'member' })
            : {}
    return {
      id: item.targetId ?? '',
      values: Object.fromEntries(Object.entries(values).filter(([name]) => name !== created)),
    }
  })
  const removable = removableOf(at, kind)
  const before = await readFingerprints(
    query,
    removable,
    items.map(({ targetId }) => targetId ?? ''),
  )
  const there = await updateRows(query, model, rows)
  const hashes = items.flatMap((item) =>
    item.kind === 'person' && item.row.password !== null
      ? [{ id: item.targetId ?? '', hash: item.row.password.hash }]
      : [],
  )
  if (hashes.length > 0) await updatePasswords(query, account, hashes)
  const after = await readFingerprints(query, removable, [...there])
  return items.map(({ targetId, after: left }): Updated => {
    const id = targetId ?? ''
    if (!there.has(id)) return { outcome: 'absent' }
    const fingerprint = after.get(id)
    // If somebody has changed it since, that stays visible: a rollback finds the older fingerprint, which no longer
    // matches.
    const isOurs = left === null || before.get(id) === left
    return { outcome: 'updated', ...(isOurs && fingerprint !== undefined && { after: fingerprint }) }
  })
}

async function check(at: Place, query: Query, items: readonly Item[]): Promise<readonly Checked[]> {
  const { user, account, organization, member } = at
  if (items[0]?.kind === 'person') return checkUsers(query, { user, account }, items as readonly ItemOf<'person'>[])
  const model = items[0]?.kind === 'organization' ? organization : member
  if (model === null) return items.map(() => ({ outcome: 'absent' }))
  return checkRows(query, model, items, (item): Readonly<Record<string, string>> => {
    if (item.kind === 'organization') return { name: item.row.name }
    return item.kind === 'membership' ? { role: item.row.roles.join(',') || 'member' } : {}
  })
}
