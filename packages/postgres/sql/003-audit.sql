-- What was decided by whom. Rows are only ever added.

create table if not exists dualauth.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default pg_catalog.now(),
  actor text not null,
  event text not null,
  organization text,
  -- Whom or what it is about: ids of the application, never an address.
  subject text,
  reason text,
  data jsonb not null default '{}'
);

create index if not exists audit_at on dualauth.audit (at);
