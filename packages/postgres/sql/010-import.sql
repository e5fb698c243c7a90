-- What was imported into which target, and by which run. No names, addresses or hashes: digests of them are keyed.

create table if not exists dualauth.import_target (
  name text collate "C" primary key,
  -- For the digests of its items; 256 bits, base64url.
  digest_key text not null,
  created_at timestamptz not null default pg_catalog.now()
);

create table if not exists dualauth.import_run (
  id text collate "C" primary key,
  target text collate "C" not null,
  purpose text not null check (purpose in ('import', 'verify', 'rollback')),
  status text not null default 'running' check (status in ('running', 'done', 'aborted', 'failed')),
  actor text not null,
  source text not null,
  -- What said that it was the same source as before.
  fingerprint text,
  options jsonb not null default '{}',
  counts jsonb not null default '{}',
  started_at timestamptz not null default pg_catalog.now(),
  finished_at timestamptz
);

create index if not exists import_run_of_target on dualauth.import_run (target, started_at);

-- One row for each thing of the source, across runs. The claim is the intent: it is written before anything is sent.
create table if not exists dualauth.import_item (
  target text collate "C" not null,
  kind text collate "C" not null check (kind in ('organization', 'person', 'membership', 'group')),
  source_id text collate "C" not null,
  state text collate "C" not null check (state in ('pending', 'claimed', 'done', 'skipped', 'conflict', 'failed',
    'rolling_back', 'rolled_back', 'rollback_blocked')),
  -- Why, in one word, of what is neither pending nor done.
  code text,
  -- Ids of the source: where it belongs, and whose membership it is. For taking back one organization, or some people.
  organization text collate "C",
  person text collate "C",
  run_id text not null,
  attempt integer not null default 0,
  worker text,
  lease_until timestamptz,
  -- It was looked up and not there; noted before it was sent, so what is found later was made by us.
  absent_at timestamptz,
  target_id text collate "C",
  -- Null until it is there.
  created boolean,
  -- The row of identity_link or organization_map was written by this import.
  linked boolean not null default false,
  -- The target takes no hash of this kind: the person needs a new password.
  reset_required boolean not null default false,
  -- Of what was sent, keyed.
  input_digest text,
  -- What the target needs to undo, and to see that it was changed since. Opaque.
  before_image jsonb,
  after_image text,
  updated_at timestamptz not null default pg_catalog.now(),
  primary key (target, kind, source_id)
);

-- Two of the source never share one of the target.
create unique index if not exists import_item_target_id
  on dualauth.import_item (target, kind, target_id) where state in ('done', 'rolling_back', 'rollback_blocked');
