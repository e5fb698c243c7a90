-- Who was seen on which side of a migration, and when somebody was watching.

-- One row for all days: a person, a side and a client. Empty texts: no organization, and nobody who was verified.
create table if not exists dualauth.evidence (
  id bigint generated always as identity primary key,
  migration text collate "C" not null,
  user_id text collate "C" not null,
  -- old, new
  side text collate "C" not null,
  -- accepted, refused
  outcome text collate "C" not null,
  organization text collate "C" not null,
  -- browser, bearer, key
  client text collate "C" not null,
  verifier text collate "C" not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  uses bigint not null,
  -- The latest end that a credential stated; null where none did.
  expires_at timestamptz,
  -- Also how everything about one person is found.
  unique (migration, user_id, side, outcome, organization, client, verifier)
);

-- The same by day, in UTC. Narrow, because a hundred thousand people make nine million rows in ninety days.
create table if not exists dualauth.evidence_day (
  day date not null,
  evidence_id bigint not null references dualauth.evidence (id) on delete cascade,
  uses bigint not null,
  primary key (day, evidence_id)
);

-- For deleting a person.
create index if not exists evidence_day_of on dualauth.evidence_day (evidence_id);

create table if not exists dualauth.heartbeat (
  migration text collate "C" not null,
  day date not null,
  instance text collate "C" not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- The latest write, by the clock of the database, and how far that was ahead of the instance's at most.
  written_at timestamptz not null default pg_catalog.now(),
  skew_ms bigint not null default 0,
  -- What the application calls the instance.
  label text,
  -- Of the newest policy that the instance has known, and what that held: a version may have been given out twice.
  version bigint,
  digest text,
  -- Sightings that were dropped since the instance started.
  lost bigint not null default 0,
  -- It was closed in good order.
  ended boolean not null default false,
  primary key (migration, day, instance)
);
