-- Permissions given to single accounts, and API keys, for applications without such tables.

create table if not exists dualauth.permission_grant (
  account_id text not null,
  permission text not null,
  -- Empty: everywhere.
  organization text not null default '',
  created_at timestamptz not null default pg_catalog.now(),
  primary key (account_id, organization, permission)
);

create table if not exists dualauth.api_key (
  id text primary key,
  -- SHA-256 of the whole key, base64url. "C": compared by bytes, in an index that many rows do not slow down.
  hash text collate "C" not null unique,
  -- How the key begins, for lists.
  start text not null,
  owner_kind text not null check (owner_kind in ('user', 'service', 'organization')),
  owner_id text not null,
  organization text,
  name text,
  scopes text[] not null,
  created_by text,
  created_at timestamptz not null default pg_catalog.now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);

create index if not exists api_key_of_owner on dualauth.api_key (owner_kind, owner_id, created_at desc, id desc);

-- Which keys another has replaced, also of a table of the application: each at most once, whoever asks at the same time.
create table if not exists dualauth.api_key_rotation (
  source text not null,
  key_id text not null,
  rotated_at timestamptz not null default pg_catalog.now(),
  primary key (source, key_id)
);

-- How many keys an owner ever made: whoever counts them sees here that another was made meanwhile.
create table if not exists dualauth.api_key_owner (
  owner_kind text not null,
  owner_id text not null,
  made bigint not null,
  primary key (owner_kind, owner_id)
);
