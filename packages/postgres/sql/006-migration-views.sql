-- Where people stand, derived from what was seen. Nothing here divides by what may be zero.

-- Whoever is refused on the old side still tries, and counts as there.
-- Its body is resolved now, and not by the search path of whoever calls it.
create or replace function dualauth.migration_status(completed_at timestamptz, old_at timestamptz) returns text
language sql stable return case
  when completed_at is null then 'pending'
  when old_at > completed_at and old_at > pg_catalog.now() - interval '30 days' then 'dual'
  else 'migrated' end;

-- One row for each person and organization that they acted for; null for none.
create or replace view dualauth.member_migration as
with seen as (
  select migration, user_id, organization,
    pg_catalog.min(first_at) filter (where side = 'new' and outcome = 'accepted') as completed_at,
    pg_catalog.max(last_at) filter (where side = 'new' and outcome = 'accepted') as new_at,
    pg_catalog.max(last_at) filter (where side = 'old') as old_at,
    pg_catalog.min(first_at) as first_at,
    pg_catalog.max(last_at) as last_at,
    (pg_catalog.array_agg(verifier order by outcome = 'accepted' desc, last_at desc))[1] as last_verifier
  from dualauth.evidence where user_id <> '' group by migration, user_id, organization
), judged as (
  select *, dualauth.migration_status(completed_at, old_at) as status from seen
)
select migration, user_id, nullif(organization, '') as organization, status as migration_status,
  case when status = 'dual' then 'dual' else last_verifier end as auth_method, last_verifier as last_auth_method,
  completed_at as migration_completed_at, old_at as last_old_at, new_at as last_new_at,
  first_at as first_seen_at, last_at as last_seen_at
from judged;

-- One row for each person; the organization is the one that they acted for last.
create or replace view dualauth.user_migration as
with seen as (
  select migration, user_id,
    pg_catalog.min(first_at) filter (where side = 'new' and outcome = 'accepted') as completed_at,
    pg_catalog.max(last_at) filter (where side = 'new' and outcome = 'accepted') as new_at,
    pg_catalog.max(last_at) filter (where side = 'old') as old_at,
    pg_catalog.min(first_at) as first_at,
    pg_catalog.max(last_at) as last_at,
    (pg_catalog.array_agg(verifier order by outcome = 'accepted' desc, last_at desc))[1] as last_verifier,
    (pg_catalog.array_agg(nullif(organization, '') order by last_at desc))[1] as last_organization
  from dualauth.evidence where user_id <> '' group by migration, user_id
), judged as (
  select *, dualauth.migration_status(completed_at, old_at) as status from seen
)
select migration, user_id, last_organization as organization, status as migration_status,
  case when status = 'dual' then 'dual' else last_verifier end as auth_method, last_verifier as last_auth_method,
  completed_at as migration_completed_at, old_at as last_old_at, new_at as last_new_at,
  first_at as first_seen_at, last_at as last_seen_at
from judged;

create or replace view dualauth.organization_progress as
select migration, organization, pg_catalog.count(*) as people,
  pg_catalog.count(*) filter (where migration_status = 'pending') as pending,
  pg_catalog.count(*) filter (where migration_status = 'dual') as dual,
  pg_catalog.count(*) filter (where migration_status = 'migrated') as migrated,
  pg_catalog.round(100.0 * pg_catalog.count(*) filter (where migration_status <> 'pending')::numeric
    / nullif(pg_catalog.count(*), 0)::numeric, 2) as completed_percent,
  pg_catalog.min(migration_completed_at) as first_completed_at,
  pg_catalog.max(last_old_at) as last_old_at
from dualauth.member_migration group by migration, organization;

create or replace view dualauth.migration_progress as
select migration, pg_catalog.count(*) as people,
  pg_catalog.count(*) filter (where migration_status = 'pending') as pending,
  pg_catalog.count(*) filter (where migration_status = 'dual') as dual,
  pg_catalog.count(*) filter (where migration_status = 'migrated') as migrated,
  pg_catalog.round(100.0 * pg_catalog.count(*) filter (where migration_status <> 'pending')::numeric
    / nullif(pg_catalog.count(*), 0)::numeric, 2) as completed_percent,
  pg_catalog.min(migration_completed_at) as first_completed_at,
  pg_catalog.max(last_old_at) as last_old_at
from dualauth.user_migration group by migration;

-- Days in UTC. A day whose details were deleted still says who completed on it.
create or replace view dualauth.daily_progress as
with used as (
  select e.migration, d.day,
    pg_catalog.count(distinct e.user_id) filter (where e.outcome = 'accepted') as people,
    pg_catalog.count(distinct e.user_id) filter (where e.outcome = 'accepted' and e.side = 'old') as old_people,
    pg_catalog.count(distinct e.user_id) filter (where e.outcome = 'accepted' and e.side = 'new') as new_people,
    pg_catalog.count(distinct e.user_id) filter (where e.outcome = 'refused' and e.side = 'old') as refused_people
  from dualauth.evidence_day d join dualauth.evidence e on e.id = d.evidence_id
  where e.user_id <> '' group by e.migration, d.day
), completed as (
  select migration, (migration_completed_at at time zone 'UTC')::date as day, pg_catalog.count(*) as people
  from dualauth.user_migration where migration_completed_at is not null group by 1, 2
)
select migration, day, coalesce(used.people, 0) as people, coalesce(used.old_people, 0) as old_people,
  coalesce(used.new_people, 0) as new_people, coalesce(used.refused_people, 0) as refused_people,
  coalesce(completed.people, 0) as completed,
  (pg_catalog.sum(coalesce(completed.people, 0)) over (partition by migration order by day))::bigint as completed_total,
  pg_catalog.round(100.0 * used.new_people::numeric / nullif(used.people, 0)::numeric, 2) as new_percent
from used full join completed using (migration, day);
