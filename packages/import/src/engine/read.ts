import type { Kind, RowOf } from '../ports/rows.js'
import type { ReadOptions, Source } from '../ports/source.js'
import { parseRow } from '../rows/parse.js'
import { count, type Engine } from './engine.js'

/** A row that can be imported. */
export interface ReadRow<K extends Kind> {
  readonly id: string
  readonly row: RowOf[K]
}

/** A row that cannot be imported but has an id, so the ledger knows of it. */
export interface BadRow {
  readonly id: string
  readonly code: string
}

/** Rows of one step, in portions. */
export interface Portion<K extends Kind> {
  readonly rows: readonly ReadRow<K>[]
  readonly bad: readonly BadRow[]
}

/** Null: the source has no such step. */
function rowsOf(source: Source, kind: Kind, options: ReadOptions): AsyncIterable<unknown> | null {
  switch (kind) {
    case 'person':
      return source.people(options)
    case 'organization':
      return source.organizations?.(options) ?? null
    case 'membership':
      return source.memberships?.(options) ?? null
    case 'group':
      return source.groups?.(options) ?? null
  }
}

/** Reads, checks and filters rows; holds one portion at a time. Ends early if the run does. */
export async function* portions<K extends Kind>(
  engine: Engine,
  kind: K,
  size: number,
  only: ReadonlySet<string> | null,
): AsyncGenerator<Portion<K>> {
  const rows = rowsOf(engine.settings.source, kind, { signal: engine.failed })
  if (rows === null) return
  let good: ReadRow<K>[] = []
  let bad: BadRow[] = []
  /** PostgreSQL changes no row twice in one statement. */
  let ids = new Set<string>()
  let number = 0
  for await (const value of rows) {
    if (engine.stopping.aborted) return
    number++
    const parsed = parseRow(kind, value)
    if (parsed.ok && !isWanted(engine, kind, parsed.row, only)) continue
    engine.counts[kind].read++
    const id = parsed.ok ? parsed.row.id : parsed.id
    if (id === null || ids.has(id)) {
      const code = parsed.ok ? 'duplicate_id' : parsed.code
      const at = parsed.ok ? null : parsed.at
      await count(engine, 'failed', { kind, id, code, at: at ?? `row ${number}` })
      continue
    }
    ids.add(id)
    if (parsed.ok) good.push({ id, row: parsed.row })
    else bad.push({ id, code: parsed.code })
    if (ids.size < size) continue
    yield { rows: good, bad }
    ;[good, bad, ids] = [[], [], new Set()]
  }
  if (ids.size > 0) yield { rows: good, bad }
}

function isWanted<K extends Kind>(
  { settings: { organization } }: Engine,
  kind: K,
  row: RowOf[K],
  only: ReadonlySet<string> | null,
): boolean {
  const of = { kind, row } as { readonly [K in Kind]: { readonly kind: K; readonly row: RowOf[K] } }[Kind]
  switch (of.kind) {
    case 'organization':
      return organization === undefined || of.row.id === organization
    case 'person':
      return (
        (only === null || only.has(of.row.id)) && (organization === undefined || of.row.organization === organization)
      )
    case 'membership':
      return (
        (only === null || only.has(of.row.person)) &&
        (organization === undefined || of.row.organization === organization)
      )
    case 'group':
      return organization === undefined || of.row.organization === organization
  }
}
