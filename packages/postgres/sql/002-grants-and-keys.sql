-- Permissions given to single accounts, and API keys, for applications without such tables.

create table if not exists dualauth.permission_grant (
  account_id text not null,
  permission text not null,
  -- Empty: everywhere.
  organization text not null default '',
  created_at timestamptz not null default now(),
  primary key (account_id, organization, permission)
);

create table if not exists dualauth.api_key (
  id text primary key,
  -- SHA-256 of the whole key, base64url
  hash text not null unique,
  -- How the key begins, for lists.
  start text not null,
  owner_kind text not null check (owner_kind in ('user', 'service', 'organization')),
  owner_id text not null,
  organization text,
  name text,
  scopes text[] not null,
  created_by text,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The key that this one replaced.
  rotated_from text
);

create index if not exists api_key_owner on dualauth.api_key (owner_kind, owner_id, created_at desc, id desc);
