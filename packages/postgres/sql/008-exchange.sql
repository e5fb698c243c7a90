-- How often a session of one side of a migration became one of the other side.

create table if not exists dualauth.exchange (
  -- SHA-256 of the session, or of the credential where it belongs to none.
  key text collate "C" primary key,
  used integer not null,
  first_at timestamptz not null default pg_catalog.now(),
  last_at timestamptz not null default pg_catalog.now(),
  -- When the credential ends; 'infinity' where it does not.
  ends_at timestamptz not null
);

create index if not exists exchange_ends on dualauth.exchange (ends_at);
