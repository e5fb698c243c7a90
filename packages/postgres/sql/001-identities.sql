-- Which account of the application an identity is, and where the two sides disagree.

create table if not exists dualauth.identity_link (
  verifier text not null,
  issuer text not null,
  subject text not null,
  -- The application's own id, as text whatever its type is there.
  account_id text not null,
  -- first-sign-in, provisioned, import, exchange, admin, scim
  how text not null,
  created_at timestamptz not null default pg_catalog.now(),
  -- An ended link stays: its subject is not linked again by itself.
  ended_at timestamptz,
  ended_reason text,
  primary key (verifier, issuer, subject)
);

-- An account has one identity at a verifier's issuer.
create unique index if not exists identity_link_active
  on dualauth.identity_link (account_id, verifier, issuer) where ended_at is null;

-- Somebody whose account is being made: others wait for it, and a killed attempt goes on with the same id.
create table if not exists dualauth.provisioning (
  verifier text not null,
  issuer text not null,
  subject text not null,
  proposed_id text not null,
  claim text not null,
  claimed_until timestamptz not null,
  primary key (verifier, issuer, subject)
);

-- Identities that ask for an account which they cannot have. No addresses: the account's id says whose it is.
create table if not exists dualauth.conflict (
  id bigint generated always as identity primary key,
  kind text not null,
  verifier text not null,
  issuer text not null,
  subject text not null,
  account_id text,
  seen bigint not null default 1,
  first_seen timestamptz not null default pg_catalog.now(),
  last_seen timestamptz not null default pg_catalog.now(),
  resolved_at timestamptz,
  -- link, separate, ignore
  resolution text,
  resolved_by text,
  reason text
);

create unique index if not exists conflict_open
  on dualauth.conflict (verifier, issuer, subject, kind) where resolved_at is null;

-- What a provider calls an organization or a group, and what that means here.
create table if not exists dualauth.organization_map (
  verifier text not null,
  issuer text not null,
  -- organization, group. Part of the key: a group may be named like an organization's id.
  kind text not null check (kind in ('organization', 'group')),
  -- The provider's organization id, or a group's id or name.
  external_id text not null,
  organization text not null,
  roles text[] not null default '{}',
  created_at timestamptz not null default pg_catalog.now(),
  primary key (verifier, issuer, kind, external_id)
);

create index if not exists organization_map_organization on dualauth.organization_map (organization);
