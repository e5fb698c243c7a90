import type { Query } from '@dualauth/core'
import type { Row } from '../sql/row.js'
import type { ClaimEntry, ClaimRules, ImportKind, ImportState, LedgerItem, LedgerScope } from './ledger-types.js'

/**
 * One row of the ledger, by its whole key. A join might look through all rows of a target if the database has no
 * statistics on them yet: in the first minute of an import, and always in an embedded one. Locked rows are then changed
 * by their physical place (ctid).
 * @param id SQL.
 */
function itemOf(id: string): string {
  return `(
    select * from dualauth.import_item one
    where one.target = $1::text and one.kind = $2::text and one.source_id = ${id} limit 1
  )`
}

/** What both statements find out about the entries `$3`, before anything is written. */
const GIVEN = `
given as (
  select * from pg_catalog.json_to_recordset($3::text::json)
    as g (id text, digest text, organization text, people json, organizations json)
), known as (
  select given.*, i.state, i.code, i.input_digest, i.created, i.absent_at, i.reset_required, i.after_image,
    coalesce(i.target_id, (
      select l.subject from dualauth.identity_link l
      where $2::text = 'person' and l.account_id = given.id and l.verifier = $4::text and l.issuer = $5::text
        and l.ended_at is null
    ), (
      -- Of an organization with several names there, none is the one.
      select case when pg_catalog.count(*) = 1 then pg_catalog.min(m.external_id) end from dualauth.organization_map m
      where $2::text = 'organization' and m.organization = given.id and m.verifier = $4::text and m.issuer = $5::text
        and m.kind = 'organization'
    )) as target_id,
    -- By an array, so that each is found by the index; and not even that for what needs nobody.
    case when $2::text in ('membership', 'group') then (
      select pg_catalog.json_object_agg(p.source_id, p.target_id) from dualauth.import_item p
      where p.target = $1::text and p.kind = 'person' and p.target_id is not null and p.state in ('done', 'rollback_blocked')
        and p.source_id = any (array(select pg_catalog.json_array_elements_text(given.people)))
    ) end as people_ids,
    case when $2::text in ('membership', 'group') then (
      select pg_catalog.json_object_agg(o.source_id, o.target_id) from dualauth.import_item o
      where o.target = $1::text and o.kind = 'organization' and o.target_id is not null
        and o.state in ('done', 'rollback_blocked')
        and o.source_id = any (array(select pg_catalog.json_array_elements_text(given.organizations)))
    ) end as organization_ids
  from given left join lateral ${itemOf('given.id')} i on true
), ready as materialized (
  select known.id, known.organization, known.people, known.organizations, state, code, input_digest, created, absent_at,
    reset_required, after_image, target_id, people_ids, organization_ids,
    -- A group is another one when more of its people are there.
    case when $2::text <> 'group' then digest
      else digest || '.' || (select pg_catalog.count(*)::text from pg_catalog.json_object_keys(people_ids)) end as digest,
    -- A membership waits for both, a group for its organization and for those of its people who are under way.
    case $2::text
      when 'membership' then people_ids is not null and organization_ids is not null
      when 'group' then (pg_catalog.json_array_length(organizations) = 0 or organization_ids is not null) and not exists (
        select 1 from dualauth.import_item p
        where p.target = $1::text and p.kind = 'person' and p.state in ('pending', 'claimed')
          and p.source_id = any (array(select pg_catalog.json_array_elements_text(known.people)))
      )
      else true
    end as is_ready
  from known
)`

/** About `i`, the row as it is once locked. `ready` is what was known before. */
const CLAIMABLE = `ready.is_ready and (
    i.state in ('pending', 'rolled_back')
    or (i.state = 'claimed' and i.lease_until < pg_catalog.now())
    or (i.state = 'failed' and ($6::text::boolean or i.input_digest is distinct from ready.digest))
    or (i.state = 'conflict' and ($6::text::boolean or (i.target_id is null and ready.target_id is not null)))
    or (i.state = 'done' and $7::text::boolean and i.input_digest is distinct from ready.digest)
  )`

const COLUMNS = `ready.id, ready.digest, ready.state, ready.code, ready.input_digest, ready.target_id, ready.created::text as created,
  ready.reset_required::text as reset_required, ready.after_image, ready.people_ids::text as people_ids,
  ready.organization_ids::text as organization_ids`

/** Whose membership it is. */
const PERSON = `case when $2::text = 'membership' then ready.people ->> 0 end`

const PEEK = `
with ${GIVEN}
select ${COLUMNS}, (ready.absent_at is not null)::text as attempted,
  (case when ready.state is null then ready.is_ready else ${CLAIMABLE} end)::text as claimed
from ready left join lateral ${itemOf('ready.id')} i on true`

// Locks are taken in the order of ids, so two workers wait for each other in one direction only; rows held by another
// are skipped.
const CLAIM = `
with ${GIVEN}, fresh as (
  insert into dualauth.import_item (target, kind, source_id, organization, person, state, run_id, attempt, worker,
    lease_until)
  select $1::text, $2::text, ready.id, ready.organization, ${PERSON}, 'claimed', $8::text, 1, $9::text, ${leaseOf('$10')}
  from ready where ready.state is null and ready.is_ready order by ready.id
  on conflict do nothing returning source_id
), waiting as (
  insert into dualauth.import_item (target, kind, source_id, organization, person, state, code, run_id)
  select $1::text, $2::text, ready.id, ready.organization, ${PERSON}, 'pending', 'waits_for_another', $8::text
  from ready where ready.state is null and not ready.is_ready order by ready.id
  on conflict do nothing
), free as (
  select i.place, ready.organization
  from (select * from ready where ready.state is not null order by ready.id) ready
  cross join lateral (
    select i.ctid as place from dualauth.import_item i
    where i.target = $1::text and i.kind = $2::text and i.source_id = ready.id and ${CLAIMABLE}
    limit 1 for update skip locked
  ) i
), taken as (
  update dualauth.import_item i
  set state = 'claimed', run_id = ${madeBy('$8')}, worker = $9::text, lease_until = ${leaseOf('$10')}, attempt = i.attempt + 1,
    organization = free.organization, updated_at = pg_catalog.now(), code = null
  from free where i.ctid = free.place
  returning i.source_id, i.absent_at
)
select ${COLUMNS}, (coalesce(taken.absent_at, ready.absent_at) is not null)::text as attempted,
  (fresh.source_id is not null or taken.source_id is not null)::text as claimed
from ready left join fresh on fresh.source_id = ready.id left join taken on taken.source_id = ready.id`

/** An imported item stays with the run that created it: a later run that only sends it again cannot take it back. */
export function madeBy(run: string): string {
  return `case when i.created is null then ${run}::text else i.run_id end`
}

/** SQL of the moment at which a lease ends. */
export function leaseOf(parameter: string): string {
  return `pg_catalog.now() + ${parameter}::text::double precision * interval '1 millisecond'`
}

export async function peekItems(
  query: Query,
  scope: Pick<LedgerScope, 'target' | 'link'>,
  kind: ImportKind,
  entries: readonly ClaimEntry[],
  rules: ClaimRules,
): Promise<readonly LedgerItem[]> {
  return inOrder(entries, await query(PEEK, given(scope, kind, entries, rules)))
}

export async function claimItems(
  query: Query,
  scope: LedgerScope,
  kind: ImportKind,
  entries: readonly ClaimEntry[],
  rules: ClaimRules,
): Promise<readonly LedgerItem[]> {
  const own = [scope.run, scope.worker, String(scope.leaseMs)]
  return inOrder(entries, await query(CLAIM, [...given(scope, kind, entries, rules), ...own]))
}

function given(
  { target, link }: Pick<LedgerScope, 'target' | 'link'>,
  kind: ImportKind,
  entries: readonly ClaimEntry[],
  { failed, changed }: ClaimRules,
): readonly (string | null)[] {
  const places = [link?.verifier ?? null, link?.issuer ?? null]
  return [target, kind, JSON.stringify(entries), ...places, String(failed), String(changed)]
}

function inOrder(entries: readonly ClaimEntry[], rows: readonly Row[]): readonly LedgerItem[] {
  const byId = new Map(rows.map((row) => [String(row['id']), row]))
  return entries.map(({ id }) => readItem(byId.get(id) ?? { id, digest: '' }))
}

function readItem(row: Row): LedgerItem {
  return {
    id: String(row['id']),
    claimed: row['claimed'] === 'true',
    state: (row['state'] ?? null) as ImportState | null,
    code: (row['code'] ?? null) as string | null,
    current: String(row['digest']),
    digest: (row['input_digest'] ?? null) as string | null,
    targetId: (row['target_id'] ?? null) as string | null,
    created: row['created'] == null ? null : row['created'] === 'true',
    attempted: row['attempted'] === 'true',
    resetRequired: row['reset_required'] === 'true',
    after: (row['after_image'] ?? null) as string | null,
    people: idsOf(row['people_ids']),
    organizations: idsOf(row['organization_ids']),
  }
}

function idsOf(json: unknown): Readonly<Record<string, string>> {
  return typeof json === 'string' ? (JSON.parse(json) as Readonly<Record<string, string>>) : {}
}
