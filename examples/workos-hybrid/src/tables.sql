-- The application's own. Nothing of WorkOS stands here but the id of an organization.
create table if not exists users (
  id uuid primary key default gen_random_uuid(),
  email text unique,
  name text not null default '',
  bio text not null default '',
  is_active boolean not null default true
);
create table if not exists organizations (
  id text primary key,
  name text not null,
  is_active boolean not null default true
);
create table if not exists projects (
  id bigint generated always as identity primary key,
  organization_id text not null references organizations (id),
  title text not null
);
