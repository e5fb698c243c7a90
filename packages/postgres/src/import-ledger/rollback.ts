import type { Query } from '@dualauth/core'
import { leaseOf } from './claim.js'
import type { ImportKind, ImportState, LedgerScope, RollbackItem, RollbackRules, Settled } from './ledger-types.js'

// Anybody seen on the new side of a migration may need it to sign in by now.
const CLAIM = `
with moves as materialized (
  select distinct migration from dualauth.heartbeat
), free as (
  select i.ctid as place from dualauth.import_item i
  where i.target = $1::text and i.kind = $2::text
    and (i.state in ('done', 'rollback_blocked') or (i.state = 'rolling_back' and i.lease_until <= pg_catalog.now()))
    and ($5::text is null or i.run_id = $5::text)
    and ($6::text is null or case i.kind when 'person' then i.source_id when 'membership' then i.person end
      in (select pg_catalog.json_array_elements_text($6::text::json)))
    and ($7::text is null or i.organization = $7::text)
    and i.source_id > coalesce($8::text, '')
  order by i.source_id limit $9::text::integer for update of i skip locked
), taken as (
  update dualauth.import_item i
  set state = 'rolling_back', worker = $3::text, lease_until = ${leaseOf('$4')}, code = null,
    updated_at = pg_catalog.now()
  from free where i.ctid = free.place
  returning i.source_id, i.target_id, coalesce(i.created, false)::text as created, i.after_image, i.before_image::text as before_image,
    exists (
      select from moves join dualauth.evidence e on e.migration = moves.migration
        and e.user_id = case i.kind when 'person' then i.source_id when 'membership' then i.person end
        and e.side = 'new' and e.outcome = 'accepted'
    )::text as is_used
)
select * from taken order by taken.source_id`

// A link that this import did not write, or that somebody has ended since, stays as it is.
const SETTLE = `
with given as (
  select * from pg_catalog.json_to_recordset($4::text::json) as g (id text, code text)
), mine as materialized (
  select g.id, g.code, i.*, (
    select l.ctid from dualauth.identity_link l
    where $2::text = 'person' and l.verifier = $5::text and l.issuer = $6::text and l.subject = i.target_id
      and l.account_id = g.id and l.how = 'import' and l.ended_at is null
  ) as link, (
    select m.ctid from dualauth.organization_map m
    where $2::text = 'organization' and m.verifier = $5::text and m.issuer = $6::text and m.kind = 'organization'
      and m.external_id = i.target_id and m.organization = g.id
  ) as mapping
  from (select * from given order by id) g cross join lateral (
    select i.ctid as place, i.target_id, i.linked from dualauth.import_item i
    where i.target = $1::text and i.kind = $2::text and i.source_id = g.id and i.worker = $3::text
      and i.state = 'rolling_back'
    limit 1 for update
  ) i
), unlinked as (
  delete from dualauth.identity_link l using mine where mine.linked and mine.code is null and l.ctid = mine.link
), unmapped as (
  delete from dualauth.organization_map m using mine where mine.linked and mine.code is null and m.ctid = mine.mapping
)
update dualauth.import_item i
set state = case when mine.code is null then 'rolled_back' else 'rollback_blocked' end, code = mine.code, worker = null,
  lease_until = null, updated_at = pg_catalog.now(),
  -- A later import begins as if there had been none.
  target_id = case when mine.code is null then null else i.target_id end,
  created = case when mine.code is null then null else i.created end,
  linked = i.linked and mine.code is not null,
  absent_at = case when mine.code is null then null else i.absent_at end,
  input_digest = case when mine.code is null then null else i.input_digest end,
  before_image = case when mine.code is null then null else i.before_image end,
  after_image = case when mine.code is null then null else i.after_image end
from mine where i.ctid = mine.place
returning i.source_id, i.state, i.code`

const RELEASE = `
update dualauth.import_item i
set state = case when i.state = 'claimed' then 'pending' else i.state end, lease_until = pg_catalog.now(), worker = null,
  code = 'given_back', updated_at = pg_catalog.now()
where i.target = $1::text and i.worker = $2::text and i.state in ('claimed', 'rolling_back')`

export async function release(query: Query, { target, worker }: LedgerScope): Promise<void> {
  await query(RELEASE, [target, worker])
}

export async function claimRollback(
  query: Query,
  { target, worker, leaseMs }: LedgerScope,
  kind: ImportKind,
  rules: RollbackRules,
): Promise<readonly RollbackItem[]> {
  const people = rules.people === undefined ? null : JSON.stringify(rules.people)
  const which = [rules.run ?? null, people, rules.organization ?? null, rules.after, String(rules.limit)]
  const rows = await query(CLAIM, [target, kind, worker, String(leaseMs), ...which])
  return rows.map((row) => ({
    id: String(row['source_id']),
    targetId: (row['target_id'] ?? null) as string | null,
    created: row['created'] === 'true',
    after: (row['after_image'] ?? null) as string | null,
    before: imageOf(row['before_image']),
    isUsed: row['is_used'] === 'true',
  }))
}

export async function settleRollback(
  query: Query,
  { target, worker, link }: LedgerScope,
  kind: ImportKind,
  settlements: readonly { readonly id: string; readonly code: string | null }[],
): Promise<readonly Settled[]> {
  const given = JSON.stringify(settlements.map(({ id, code }) => ({ id, code })))
  const rows = await query(SETTLE, [target, kind, worker, given, link?.verifier ?? null, link?.issuer ?? null])
  return rows.map((row) => ({
    id: String(row['source_id']),
    state: row['state'] as ImportState,
    code: (row['code'] ?? null) as string | null,
  }))
}

function imageOf(json: unknown): Readonly<Record<string, unknown>> | null {
  return typeof json === 'string' ? (JSON.parse(json) as Readonly<Record<string, unknown>>) : null
}
