-- Where a migration stands. Rows are only ever added: going back is a new version with old content.

create table if not exists dualauth.policy (
  migration text collate "C" not null,
  version bigint not null check (version > 0),
  -- Without its version, which the row has.
  document jsonb not null,
  actor text not null,
  reason text not null,
  created_at timestamptz not null default pg_catalog.now(),
  -- Also what the newest version of a migration is found by.
  primary key (migration, version)
);
