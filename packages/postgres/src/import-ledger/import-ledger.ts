import type { Query } from '@dualauth/core'
import type { Row } from '../sql/row.js'
import { auditedBy } from '../audit/audited.js'
import { millisecondsOf } from '../sql/moments.js'
import { retrying } from '../sql/retrying.js'
import { claimItems, peekItems } from './claim.js'
import type { ImportKind, ImportLedger, ImportRun, ImportState, ListedItem } from './ledger-types.js'
import { claimRollback, release, settleRollback } from './rollback.js'
import { noteAbsent, settleItems } from './settle.js'

/**
 * The import ledger in the schema `dualauth`: `@dualauth/import` uses it so that nothing is imported twice, nothing is
 * lost, and everything can be taken back. It holds no state, so it also works with the connection of a transaction.
 *
 * @param query Any driver; call `installSchema` first.
 */
export function importLedger(query: Query): ImportLedger {
  const ask = retrying(query)
  return {
    async digestKey(target) {
      const [row] = await ask(KEY, [target])
      return (row?.['digest_key'] ?? null) as string | null
    },
    async begin({ target, purpose, actor, source, fingerprint, options }) {
      const run = crypto.randomUUID()
      const proposed = newKey()
      const [row] = await ask(KEY, [target])
      const params = [run, target, purpose, actor, source, fingerprint, JSON.stringify(options), proposed]
      const [begun] = await ask(BEGIN, params)
      // If two begin at the same time, the second sees the first one's key only now.
      const found = row ?? begun ?? (await ask(KEY, [target]))[0]
      return { run, digestKey: String(found?.['digest_key']) }
    },
    async end(run, status, counts) {
      await ask(END, [run, status, JSON.stringify(counts)])
    },
    peek: (scope, kind, entries, rules) => peekItems(ask, scope, kind, entries, rules),
    claim: (scope, kind, entries, rules) => claimItems(ask, scope, kind, entries, rules),
    absent: (scope, kind, entries) => noteAbsent(ask, scope, kind, entries),
    settle: (scope, kind, settlements) => settleItems(ask, scope, kind, settlements),
    release: (scope) => release(ask, scope),
    claimRollback: (scope, kind, rules) => claimRollback(ask, scope, kind, rules),
    settleRollback: (scope, kind, settlements) => settleRollback(ask, scope, kind, settlements),
    async count(target) {
      const counts: Partial<Record<ImportKind, Partial<Record<ImportState, number>>>> = {}
      for (const row of await ask(COUNT, [target])) {
        const kind = row['kind'] as ImportKind
        counts[kind] = { ...counts[kind], [row['state'] as ImportState]: Number(row['items']) }
      }
      return counts
    },
    async list(target, kind, { state, resetRequired, after, limit = 100 } = {}) {
      const isReset = resetRequired === undefined ? null : String(resetRequired)
      return (await ask(LIST, [target, kind, state ?? null, isReset, after ?? null, String(limit)])).map(listed)
    },
    async seenOnNewSide(migration, ids) {
      const rows = await ask(SEEN, [migration, JSON.stringify(ids)])
      if (rows[0]?.['watched'] !== 'true') return null
      return new Set(rows.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])))
    },
    runs: async (target) => (await ask(RUNS, [target])).map(runOf),
  }
}

/** 256 bits, base64url. */
function newKey(): string {
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function listed(row: Row): ListedItem {
  return {
    id: String(row['source_id']),
    state: row['state'] as ImportState,
    code: (row['code'] ?? null) as string | null,
    targetId: (row['target_id'] ?? null) as string | null,
    created: row['created'] == null ? null : row['created'] === 'true',
    resetRequired: row['reset_required'] === 'true',
  }
}

function runOf(row: Row): ImportRun {
  return {
    id: String(row['id']),
    target: String(row['target']),
    purpose: row['purpose'] as ImportRun['purpose'],
    status: row['status'] as ImportRun['status'],
    actor: String(row['actor']),
    source: String(row['source']),
    fingerprint: (row['fingerprint'] ?? null) as string | null,
    options: JSON.parse(String(row['options'])) as Readonly<Record<string, unknown>>,
    counts: JSON.parse(String(row['counts'])) as Readonly<Record<string, unknown>>,
    startedAt: Number(row['started_ms']),
    finishedAt: row['finished_ms'] == null ? null : Number(row['finished_ms']),
  }
}

const KEY = `select digest_key from dualauth.import_target where name = $1::text`

const BEGIN = `
with begun as (
  insert into dualauth.import_run (id, target, purpose, actor, source, fingerprint, options)
  values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text::jsonb)
)
insert into dualauth.import_target (name, digest_key) values ($2::text, $8::text)
on conflict do nothing returning digest_key`

const END = `
with ended as (
  update dualauth.import_run set status = $2::text, counts = $3::text::jsonb, finished_at = pg_catalog.now()
  where id = $1::text and status = 'running' returning id, target, purpose, actor
),
${auditedBy('ended', {
  event: 'import.ended',
  actor: 'ended.actor',
  subject: 'null',
  data: `pg_catalog.jsonb_build_object('run', ended.id, 'target', ended.target, 'purpose', ended.purpose, 'status', $2::text,
    'counts', $3::text::jsonb)`,
})}
select pg_catalog.count(*)::text as ended from ended`

const COUNT = `
select kind, state, pg_catalog.count(*)::text as items from dualauth.import_item where target = $1::text group by kind, state`

const LIST = `
select source_id, state, code, target_id, created::text as created, reset_required::text as reset_required
from dualauth.import_item i
where target = $1::text and kind = $2::text and ($3::text is null or state = $3::text)
  and ($4::text is null or reset_required = $4::text::boolean) and source_id > coalesce($5::text, '')
order by i.source_id limit $6::text::integer`

const SEEN = `
with given as (
  select given.id from pg_catalog.json_array_elements_text($2::text::json) as given (id)
  where exists (
    select from dualauth.evidence e
    where e.migration = $1::text and e.user_id = given.id and e.side = 'new' and e.outcome = 'accepted'
  )
), watch as (
  select exists (select from dualauth.heartbeat h where h.migration = $1::text)::text as watched
)
select watch.watched, given.id from watch left join given on true`

const RUNS = `
select id, target, purpose, status, actor, source, fingerprint, options::text as options, counts::text as counts,
  ${millisecondsOf('started_at')} as started_ms, ${millisecondsOf('finished_at')} as finished_ms
from dualauth.import_run r where target = $1::text order by r.started_at desc, r.id limit 100`
