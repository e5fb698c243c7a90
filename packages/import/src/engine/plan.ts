import type { LedgerItem } from '@dualauth/postgres'
import type { Kind } from '../ports/rows.js'
import type { Found, Item, Taken } from '../ports/target.js'
import { ask, type Answered } from './ask.js'
import type { Outcome } from './counts.js'
import { judge } from './create.js'
import { count, progress, totalOf, type Engine } from './engine.js'
import { portions } from './read.js'
import { inSlots } from './slots.js'
import { chunks, countKnown } from './step.js'
import { badEntryOf, entryOf, workOf, type Entry, type Work } from './work.js'

/** What the planned run would have done so far. */
export interface Ahead {
  /** Digests of the addresses of people that it would have created. */
  readonly addresses: Set<number>
  /** Names of organizations and groups, likewise. */
  readonly names: Set<number>
  /** Slugs of organizations, unchanged. */
  readonly slugs: Set<string>
  /** Ids of what it would have created, which nobody else can have a membership in. */
  readonly made: Readonly<Record<Kind, Set<string>>>
  /** The target's ids of what it would have adopted. */
  readonly adopted: Readonly<Record<Kind, Map<string, string>>>
}

export function nothingAhead(): Ahead {
  const sets = () => ({
    organization: new Set<string>(),
    person: new Set<string>(),
    membership: new Set<string>(),
    group: new Set<string>(),
  })
  const maps = () => ({
    organization: new Map<string, string>(),
    person: new Map<string, string>(),
    membership: new Map<string, string>(),
    group: new Map<string, string>(),
  })
  return { addresses: new Set(), names: new Set(), slugs: new Set(), made: sets(), adopted: maps() }
}

/** Counts what `runStep` would do, without writing anything. */
export async function planStep<K extends Kind>(
  engine: Engine,
  kind: K,
  only: ReadonlySet<string> | null,
  ahead: Ahead,
): Promise<void> {
  const { settings, ledger, scope } = engine
  const total = await totalOf(engine, kind)
  const size = Math.max(settings.batchSize ?? 100, settings.target.batchSize)
  let left = kind === 'person' ? (settings.limit ?? Infinity) : Infinity
  await inSlots(engine, async (slots) => {
    for await (const { rows, bad } of portions(engine, kind, size, only)) {
      if (engine.stopping.aborted) return
      const entries = [...rows.map((row) => entryOf(engine, kind, row)), ...bad.map((one) => badEntryOf<K>(one))]
      const peeked = await ledger.peek(
        scope,
        kind,
        entries.map(({ entry }) => entry),
        { failed: settings.retryFailed, changed: settings.update },
      )
      const known: LedgerItem[] = []
      const works: Work[] = []
      for (const [index, entry] of entries.entries()) {
        if (left <= 0) break
        const item = withAhead(entry, peeked[index]!, kind, ahead)
        if (!item.claimed) known.push(item)
        else {
          left--
          works.push(workOf(engine, kind, entry as Entry<K>, item))
        }
      }
      await slots.start(
        async () => {},
        async () => {
          for (const item of known) await countKnown(engine, kind, item)
          progress(engine, kind, total)
        },
      )
      for (const some of chunks(works, settings.target.batchSize))
        await slots.start(
          () => lookAhead(engine, some, ahead),
          async (looked) => {
            await countAhead(engine, some, looked, ahead)
            progress(engine, kind, total)
          },
        )
      if (left <= 0) return
    }
  })
}

/** Items that wait in the ledger would not wait in the run, which would have imported the others by then. */
function withAhead({ entry, row }: Entry<Kind>, known: LedgerItem, kind: Kind, { made, adopted }: Ahead): LedgerItem {
  const isWaiting =
    !known.claimed && (known.state === null || known.state === 'pending' || known.state === 'rolled_back')
  if (!isWaiting || row === null) return known
  const has = (which: 'person' | 'organization', ids: Readonly<Record<string, string>>) => (id: string) =>
    Object.hasOwn(ids, id) || made[which].has(id) || adopted[which].has(id)
  const areThere =
    (kind !== 'membership' || entry.people.every(has('person', known.people))) &&
    entry.organizations.every(has('organization', known.organizations))
  if (!areThere) return known
  return {
    ...known,
    claimed: true,
    people: { ...known.people, ...idsOf(entry.people, adopted.person) },
    organizations: { ...known.organizations, ...idsOf(entry.organizations, adopted.organization) },
  }
}

function idsOf(ids: readonly string[], known: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.flatMap((id) => (known.has(id) ? [[id, known.get(id)!]] : [])))
}

/** What the target has of them. Several are looked up at once. */
interface Looked {
  readonly asked: readonly Work[]
  readonly found: Answered<Found>
}

async function lookAhead(engine: Engine, works: readonly Work[], ahead: Ahead): Promise<Looked> {
  // A person who is not in the target yet is not a member of anything there.
  const asked = works.filter((work) => needsLooking(work) && !isOfMade(work.item, ahead))
  const items = asked.map(({ item }) => item)
  if (items.length === 0) return { asked, found: { ok: true, answers: [] } }
  return { asked, found: await ask(engine, false, items.length, (call) => engine.settings.target.find(items, call)) }
}

/** One after the other: the first person in the source with an address gets it. */
async function countAhead(engine: Engine, works: readonly Work[], looked: Looked, ahead: Ahead): Promise<void> {
  const { asked, found } = looked
  if (!found.ok && found.why === 'stopped') return
  for (const work of works) {
    const at = asked.indexOf(work)
    const planned =
      at !== -1 && !found.ok
        ? failed(found.code)
        : plannedOf(engine, work, at !== -1 && found.ok ? found.answers[at]! : null, ahead)
    const { kind, id } = work.item
    const resetRequired = work.resetRequired && planned.code === undefined
    await count(engine, planned.outcome, {
      kind,
      id,
      ...(planned.code !== undefined && { code: planned.code }),
      resetRequired,
    })
  }
}

interface PlannedOutcome {
  readonly outcome: Outcome
  readonly code?: string
}

const failed = (code: string): PlannedOutcome => ({ outcome: 'failed', code })

function needsLooking({ bad, isUpdate, item }: Work): boolean {
  return bad === null && !isUpdate && item.targetId === null
}

function isOfMade(item: Item, { made }: Ahead): boolean {
  return (
    item.kind === 'membership' && (made.person.has(item.row.person) || made.organization.has(item.row.organization))
  )
}

function plannedOf(engine: Engine, work: Work, found: Found | null, ahead: Ahead): PlannedOutcome {
  const { kind, id, targetId } = work.item
  if (work.bad !== null) return failed(work.bad)
  if (work.isUpdate)
    return engine.settings.target.update === undefined ? failed('update_unsupported') : { outcome: 'updated' }
  if (targetId !== null) return adoptedAs(work, targetId, ahead)
  const verdict = found === null ? null : judge(engine, work, found)
  if (verdict === 'adopt') return adoptedAs(work, (found as Taken).id!, ahead)
  if (verdict === null) {
    const code = takenAhead(engine, work.item, ahead)
    return code === null ? madeAs(kind, id, ahead) : { outcome: 'conflicts', code }
  }
  const { settlement, counted } = verdict
  if (settlement.state === 'failed') return failed(settlement.code!)
  if (settlement.state !== 'done') return { outcome: 'conflicts', code: settlement.code! }
  ahead.adopted[kind].set(id, settlement.targetId!)
  return { outcome: counted }
}

function madeAs(kind: Kind, id: string, { made }: Ahead): PlannedOutcome {
  if (kind === 'person' || kind === 'organization') made[kind].add(id)
  return { outcome: 'created' }
}

function adoptedAs({ item: { kind, id } }: Work, targetId: string, { adopted }: Ahead): PlannedOutcome {
  if (kind === 'person' || kind === 'organization') adopted[kind].set(id, targetId)
  return { outcome: 'adopted' }
}

/**
 * The second item in the source with an address or a name would find the first one in the target. Null: nothing is in
 * its way.
 */
function takenAhead({ settings, digests }: Engine, item: Item, { addresses, names, slugs }: Ahead): string | null {
  const { uniqueAddresses, uniqueNames = false, uniqueSlugs = false } = settings.target
  const isTaken = (all: Set<number>, text: string): boolean => {
    const digest = digests.address(text)
    return all.size === all.add(digest).size
  }
  switch (item.kind) {
    case 'person':
      return uniqueAddresses && item.row.email !== null && isTaken(addresses, item.row.email) ? 'address_taken' : null
    case 'membership':
      return null
    case 'organization':
      if (uniqueSlugs && item.row.slug !== null && slugs.size === slugs.add(item.row.slug).size) return 'slug_taken'
      return uniqueNames && isTaken(names, item.row.name) ? 'name_taken' : null
    case 'group':
      return uniqueNames && isTaken(names, item.row.name) ? 'name_taken' : null
  }
}
