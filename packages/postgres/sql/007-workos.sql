-- What the events of WorkOS said, in whichever order they arrived. `source` is an environment of WorkOS, by the name that it has
-- here. No names and no addresses.

-- Which events were seen, and whether everything was done about them.
create table if not exists dualauth.workos_event (
  source text collate "C" not null,
  id text collate "C" not null,
  type text not null,
  created_at timestamptz not null,
  received_at timestamptz not null default pg_catalog.now(),
  settled_at timestamptz,
  primary key (source, id)
);

-- For deleting those that no longer come again.
create index if not exists workos_event_received on dualauth.workos_event (received_at);

-- An object is as its newest event says: by the time at which it was changed, then by the event's own. What was deleted stays,
-- so that an older event which arrives late does not bring it back; event_at is the time of the deletion then.
create table if not exists dualauth.workos_user (
  source text collate "C" not null,
  id text collate "C" not null,
  external_id text,
  deleted boolean not null,
  updated_at timestamptz not null,
  event_at timestamptz not null,
  event_id text collate "C" not null,
  primary key (source, id)
);

create table if not exists dualauth.workos_organization (
  source text collate "C" not null,
  id text collate "C" not null,
  external_id text,
  deleted boolean not null,
  updated_at timestamptz not null,
  event_at timestamptz not null,
  event_id text collate "C" not null,
  primary key (source, id)
);

-- References nothing: a membership may arrive before its user and its organization.
create table if not exists dualauth.workos_membership (
  source text collate "C" not null,
  id text collate "C" not null,
  user_id text collate "C" not null,
  organization_id text collate "C" not null,
  -- active, inactive, pending; deleted
  status text not null,
  roles text[] not null,
  deleted boolean not null,
  updated_at timestamptz not null,
  event_at timestamptz not null,
  event_id text collate "C" not null,
  primary key (source, id)
);

create index if not exists workos_membership_user on dualauth.workos_membership (source, user_id);

-- How far the Events API was read, and who reads it now.
create table if not exists dualauth.workos_cursor (
  source text collate "C" primary key,
  after text,
  moved_at timestamptz,
  holder text,
  held_until timestamptz
);
