import type { Created, Found, Item, Taken } from '../ports/target.js'
import type { Person } from '../ports/rows.js'
import { ask, pauseAfter, type Answered } from './ask.js'
import { changed, complete } from './complete.js'
import { callOf, within, type Engine } from './engine.js'
import { settle } from './settle.js'
import { adopted, conflictOf, doneAs, failedAs, givenBack, unanswered } from './verdicts.js'
import type { Verdict, Work } from './work.js'

/** How often an item is looked up and sent before it is left for another run. */
const ROUNDS = 4

/**
 * Imports new items: looks them up, notes them, creates them, settles them. An item that was sent but not answered is
 * looked up in the next round, and never sent again before that.
 */
export async function bring(engine: Engine, works: readonly Work[]): Promise<void> {
  let left = works
  for (let round = 1; left.length > 0; round++) {
    if (round > 1) await engine.clock.sleep(pauseAfter(round), engine.stopping)
    if (engine.stopping.aborted) return settle(engine, left.map(givenBack))
    const { verdicts, absent } = await lookUp(engine, left)
    await settle(engine, verdicts)
    if (round > ROUNDS)
      return settle(
        engine,
        absent.map((work) => failedAs(work, 'outcome_unknown')),
      )
    left = await send(engine, absent)
  }
}

async function lookUp(engine: Engine, works: readonly Work[]): Promise<{ verdicts: Verdict[]; absent: Work[] }> {
  const verdicts: Verdict[] = []
  const absent: Work[] = []
  // A linked person is that one, whatever else exists.
  for (const work of works)
    if (work.item.targetId !== null) verdicts.push(await adopt(engine, work, work.item.targetId))
  const unlinked = works.filter(({ item }) => item.targetId === null)
  const found = await look(engine, unlinked)
  if (!found.ok) return { verdicts: [...verdicts, ...unlinked.map((work) => unanswered(work, found))], absent }
  for (const [index, work] of unlinked.entries()) {
    const answer = found.answers[index]!
    const verdict = judge(engine, work, answer)
    if (verdict === null) absent.push(work)
    else if (verdict === 'adopt') verdicts.push(await adopt(engine, work, (answer as Taken).id!))
    else verdicts.push(await complete(engine, verdict))
  }
  return { verdicts, absent }
}

async function look(engine: Engine, works: readonly Work[]): Promise<Answered<Found>> {
  if (works.length === 0) return { ok: true, answers: [] }
  const items = works.map(({ item }) => item)
  return ask(engine, false, items.length, (call) => engine.settings.target.find(items, call))
}

/** Null: it does not exist, and may be created. */
export function judge(engine: Engine, work: Work, found: Found): Verdict | 'adopt' | null {
  switch (found.outcome) {
    case 'found':
      return adopted(work, found.id, found)
    case 'absent':
      return null
    case 'taken':
      return isSamePerson(engine, work.item, found) ? 'adopt' : conflictOf(work, found)
    case 'rejected':
      return failedAs(work, found.code)
  }
}

/** By a verified address, if that option is on: verified on both sides, and unique on both. */
function isSamePerson({ settings, shared, digests }: Engine, { kind, row }: Item, taken: Taken): boolean {
  if (!settings.linkVerifiedEmail || kind !== 'person' || taken.code !== 'address_taken' || taken.id === null)
    return false
  const { email, emailVerified, disabled } = row as Person
  // A disabled person could otherwise sign in with the account that was created since.
  if (disabled || email === null || !emailVerified || taken.verified !== true || taken.unique !== true) return false
  return taken.bound !== true && shared?.has(digests.address(email)) === false
}

/** Somebody else created it: a rollback leaves it. */
async function adopt(engine: Engine, work: Work, id: string): Promise<Verdict> {
  const target = engine.settings.target
  const done = adopted({ ...work, item: { ...work.item, attempted: false } }, id)
  if (target.adopt === undefined) return done
  return changed(engine, work, done, (items, call) => target.adopt!(items, call))
}

/** @returns Those with an unknown outcome. */
async function send(engine: Engine, works: readonly Work[]): Promise<readonly Work[]> {
  if (works.length === 0) return []
  const { target } = engine.settings
  if (target.transaction !== undefined) return sendWithin(engine, works, target.transaction.bind(target))
  const ours = new Set(
    await engine.ledger.absent(
      engine.scope,
      works[0]!.item.kind,
      works.map(({ item, digest }) => ({ id: item.id, digest })),
    ),
  )
  const sent = works
    .filter(({ item }) => ours.has(item.id))
    .map((work): Work => ({ ...work, item: { ...work.item, attempted: true } }))
  if (sent.length === 0) return []
  const items = sent.map(({ item }) => item)
  const created = await ask(engine, true, items.length, (call) => target.create(items, call))
  const { verdicts, unknown } = firstSent(works, sorted(sent, created))
  const whole: Verdict[] = []
  for (const verdict of verdicts) whole.push(await complete(engine, verdict))
  await settle(engine, whole)
  return unknown
}

interface Sorted {
  readonly verdicts: readonly Verdict[]
  /** To be looked up. */
  readonly unknown: readonly Work[]
  /** Also to be looked up: the answer was that they exist. */
  readonly there: readonly Work[]
}

function sorted(works: readonly Work[], created: Answered<Created>): Sorted {
  if (!created.ok) {
    if (created.why === 'unknown') return { verdicts: [], unknown: works, there: [] }
    return { verdicts: works.map((work) => unanswered(work, created)), unknown: [], there: [] }
  }
  const verdicts: Verdict[] = []
  const unknown: Work[] = []
  const there: Work[] = []
  for (const [index, work] of works.entries()) {
    const answer = created.answers[index]!
    const verdict = verdictOf(work, answer)
    if (verdict !== null) verdicts.push(verdict)
    else (answer.outcome === 'exists' ? there : unknown).push(work)
  }
  return { verdicts, unknown, there }
}

/**
 * Clear answers to items sent for the first time: an item that was not created is not ours, whatever is found there
 * later.
 */
function firstSent(works: readonly Work[], { verdicts, unknown, there }: Sorted): Omit<Sorted, 'there'> {
  const first = new Map(works.flatMap((work) => (work.item.attempted ? [] : [[work.item.id, work]])))
  return {
    verdicts: verdicts.map((verdict) =>
      verdict.settlement.state === 'done' || !first.has(verdict.work.item.id)
        ? verdict
        : { ...verdict, settlement: { ...verdict.settlement, unsent: true } },
    ),
    unknown: [...unknown, ...there.map((work) => first.get(work.item.id) ?? work)],
  }
}

/** Null: it must be looked up. */
function verdictOf(work: Work, created: Created): Verdict | null {
  switch (created.outcome) {
    case 'created': {
      const { id: targetId, after, incomplete } = created
      const done = { ...doneAs(work, targetId), created: true, digest: work.digest }
      const settlement = { ...done, ...(after !== undefined && { after }) }
      return { work, counted: 'created', settlement, ...(incomplete && { isIncomplete: true }) }
    }
    case 'taken':
      return conflictOf(work, created)
    case 'rejected':
      return failedAs(work, created.code)
    case 'exists':
    case 'unknown':
      return null
  }
}

/** The target's rows, the links and the ledger's rows in one transaction: all or none. */
async function sendWithin(
  engine: Engine,
  works: readonly Work[],
  transaction: NonNullable<Engine['settings']['target']['transaction']>,
): Promise<readonly Work[]> {
  const items = works.map(({ item }) => item)
  const { target } = engine.settings
  const outcome = await ask(engine, false, 1, () =>
    transaction(async (query) => {
      const created = await target.create(items, callOf(engine, query))
      const { verdicts, unknown, there } = sorted(works, { ok: true, answers: created })
      const report = await settle(within(engine, query), verdicts, 'all')
      return [{ report, unknown: [...unknown, ...there] }]
    }),
  )
  if (!outcome.ok) {
    await settle(
      engine,
      works.map((work) => unanswered(work, outcome)),
    )
    return []
  }
  const { report, unknown } = outcome.answers[0]!
  // Counted once it is certain.
  await report()
  return unknown
}
