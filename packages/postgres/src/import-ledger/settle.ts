import type { Query } from '@dualauth/core'
import { sqlStateOf, UNIQUE_VIOLATION } from '../sql/sql-state.js'
import { leaseOf, madeBy } from './claim.js'
import type { ImportKind, ImportState, LedgerScope, Settled, Settlement } from './ledger-types.js'

/** An item is this worker's until another one claims it, however late it is. Locked in the order of ids. */
const MINE = `
mine as materialized (
  select g.*, i.place from (select * from given order by id) g cross join lateral (
    select i.ctid as place from dualauth.import_item i
    where i.target = $1::text and i.kind = $2::text and i.source_id = g.id and i.worker = $3::text and i.state = 'claimed'
    limit 1 for update
  ) i
)`

const ABSENT = `
with given as (
  select * from pg_catalog.json_to_recordset($4::text::json) as g (id text, digest text)
), ${MINE}
update dualauth.import_item i
set absent_at = coalesce(i.absent_at, pg_catalog.now()), input_digest = mine.digest, lease_until = ${leaseOf('$5')},
  updated_at = pg_catalog.now()
from mine where i.ctid = mine.place
returning i.source_id`

export async function noteAbsent(
  query: Query,
  { target, worker, leaseMs }: LedgerScope,
  kind: ImportKind,
  entries: readonly { readonly id: string; readonly digest: string }[],
): Promise<readonly string[]> {
  const sent = entries.map(({ id, digest }) => ({ id, digest }))
  const rows = await query(ABSENT, [target, kind, worker, JSON.stringify(sent), String(leaseMs)])
  return rows.map((row) => String(row['source_id']))
}

// The state and its link are written in one statement: done and linked, or neither. An item whose link somebody else
// wrote at the very same moment is left as it is (`verdict` is null), and settled by the next statement, which sees
// that link.
const SETTLE = `
with given as (
  select * from pg_catalog.json_to_recordset($4::text::json) as g (id text, state text, code text, target_id text,
    created text, unsent text, digest text, reset_required text, after_image text, before_image json, subject text)
), ${MINE}, wanted as materialized (
  select id, target_id, (
    select pg_catalog.jsonb_build_object('holder', l.account_id, 'ended', l.ended_at is not null)
    from dualauth.identity_link l
    where $2::text = 'person' and l.verifier = $5::text and l.issuer = $6::text and l.subject = mine.target_id
  ) as held, $2::text = 'person' and exists (
    select 1 from dualauth.identity_link o
    where o.account_id = mine.id and o.verifier = $5::text and o.issuer = $6::text and o.ended_at is null
      and o.subject <> mine.target_id
  ) as has_another, (
    select m.organization from dualauth.organization_map m
    where $2::text = 'organization' and m.verifier = $5::text and m.issuer = $6::text and m.kind = 'organization'
      and m.external_id = mine.target_id
  ) as organization
  from mine
  where $5::text is not null and state = 'done' and target_id is not null and $2::text in ('person', 'organization')
), linked as (
  insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
  select $5::text, $6::text, w.target_id, w.id, 'import' from wanted w where $2::text = 'person' order by w.target_id
  on conflict do nothing returning account_id as id
), mapped as (
  insert into dualauth.organization_map (verifier, issuer, kind, external_id, organization)
  select $5::text, $6::text, 'organization', w.target_id, w.id from wanted w where $2::text = 'organization' order by w.target_id
  on conflict do nothing returning organization as id
), written as (
  select id from linked union all select id from mapped
), judged as materialized (
  select m.*, written.id is not null as is_written,
    case
      when w.id is null or written.id is not null then m.state
      when w.held = pg_catalog.jsonb_build_object('holder', m.id, 'ended', false) or w.organization = m.id then 'done'
      when w.held is not null or w.has_another or w.organization is not null then 'conflict'
    end as verdict,
    case
      when w.id is null or written.id is not null then m.code
      when w.held = pg_catalog.jsonb_build_object('holder', m.id, 'ended', true) then 'link_ended'
      when w.held ->> 'holder' <> m.id or w.organization <> m.id then 'identity_taken'
      when w.has_another then 'account_linked'
    end as why
  from mine m left join wanted w on w.id = m.id left join written on written.id = m.id
), settled as (
  update dualauth.import_item i
  set state = j.verdict, code = j.why, worker = null, lease_until = null, updated_at = pg_catalog.now(), run_id = ${madeBy('$7')},
    target_id = case when j.verdict = 'done' then coalesce(j.target_id, i.target_id) else i.target_id end,
    created = case when j.verdict = 'done' then coalesce(j.created::boolean, i.created) else i.created end,
    absent_at = case when j.unsent::boolean then null else i.absent_at end,
    linked = i.linked or j.is_written, reset_required = coalesce(j.reset_required::boolean, i.reset_required),
    input_digest = coalesce(j.digest, i.input_digest),
    after_image = coalesce(j.after_image, i.after_image),
    -- What was there before the first change is what a rollback restores.
    before_image = coalesce(i.before_image, j.before_image::jsonb)
  from judged j where i.ctid = j.place and j.verdict is not null
  returning i.source_id, i.state, i.code
), clashes as (
  select j.id, j.why, coalesce(j.subject, j.target_id) as subject from judged j
  where $2::text = 'person' and $5::text is not null and j.verdict = 'conflict'
), listed as (
  insert into dualauth.conflict as c (verifier, issuer, subject, kind, account_id)
  select $5::text, $6::text, k.subject, k.why, k.id from clashes k
  where k.subject is not null and not exists (
    select 1 from dualauth.conflict o
    where o.verifier = $5::text and o.issuer = $6::text and o.subject = k.subject and o.kind = k.why and o.resolution = 'ignore'
  )
  on conflict (verifier, issuer, subject, kind) where resolved_at is null
  do nothing
)
select source_id, state, code from settled`

/** Another writer may be faster at the same moment; the next statement sees it. */
const ATTEMPTS = 4
/** The statement compares its items with each other. */
const BATCH = 100

export async function settleItems(
  query: Query,
  scope: LedgerScope,
  kind: ImportKind,
  settlements: readonly Settlement[],
): Promise<readonly Settled[]> {
  const settled: Settled[] = []
  for (let from = 0; from < settlements.length; from += BATCH)
    settled.push(...(await settleBatch(query, scope, kind, settlements.slice(from, from + BATCH))))
  return settled
}

async function settleBatch(
  query: Query,
  scope: LedgerScope,
  kind: ImportKind,
  settlements: readonly Settlement[],
): Promise<readonly Settled[]> {
  const settled: Settled[] = []
  let left = settlements
  for (let attempt = 1; left.length > 0 && attempt <= ATTEMPTS; attempt++) {
    const found = await settleOnce(query, scope, kind, left)
    settled.push(...found)
    const ids = new Set(found.map(({ id }) => id))
    left = left.filter(({ id }) => !ids.has(id))
  }
  return settled
}

/** If two items of a batch want the same target object, the whole statement fails; then each is settled alone. */
async function settleOnce(
  query: Query,
  scope: LedgerScope,
  kind: ImportKind,
  settlements: readonly Settlement[],
): Promise<readonly Settled[]> {
  try {
    return await send(query, scope, kind, settlements)
  } catch (error) {
    if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error
    const [only, ...more] = settlements
    if (only === undefined) return []
    if (more.length === 0) return send(query, scope, kind, [takenBy(only)])
    const settled: Settled[] = []
    for (const one of settlements) settled.push(...(await settleOnce(query, scope, kind, [one])))
    return settled
  }
}

function takenBy({ id, targetId }: Settlement): Settlement {
  return { id, state: 'conflict', code: 'identity_taken', ...(targetId !== undefined && { subject: targetId }) }
}

async function send(
  query: Query,
  { target, worker, link, run }: LedgerScope,
  kind: ImportKind,
  settlements: readonly Settlement[],
): Promise<readonly Settled[]> {
  const given = settlements.map((one) => ({
    id: one.id,
    state: one.state,
    code: one.code,
    target_id: one.targetId,
    created: one.created,
    unsent: one.unsent,
    digest: one.digest,
    reset_required: one.resetRequired,
    after_image: one.after,
    before_image: one.before,
    subject: one.subject,
  }))
  const places = [link?.verifier ?? null, link?.issuer ?? null]
  const rows = await query(SETTLE, [target, kind, worker, JSON.stringify(given), ...places, run])
  return rows.map((row) => ({
    id: String(row['source_id']),
    state: row['state'] as ImportState,
    code: (row['code'] ?? null) as string | null,
  }))
}
