create schema old;
create table old.users (
  id text primary key,
  email text not null,
  email_verified boolean,
  name text,
  password_hash text,
  google_sub text,
  created_at timestamptz not null
);
create table old.teams (id text primary key, name text not null);
create table old.team_members (user_id text references old.users, team_id text references old.teams, role text);

-- As Stack Auth keeps its people in Neon.
create schema neon_auth;
create table neon_auth.users_sync (
  raw_json jsonb not null,
  id text generated always as (raw_json ->> 'id') stored primary key,
  name text generated always as (raw_json ->> 'display_name') stored,
  email text generated always as (raw_json ->> 'primary_email') stored,
  created_at timestamptz,
  updated_at timestamptz,
  deleted_at timestamptz
);
insert into neon_auth.users_sync (raw_json, created_at, deleted_at)
select jsonb_build_object('id', 'stack-' || n, 'display_name', 'Stack ' || n, 'primary_email', 'stack' || n || '@example.com',
    'primary_email_verified', n = 1),
  timestamptz '2025-06-01 12:00Z', case when n = 3 then timestamptz '2025-07-01 12:00Z' end
from generate_series(1, 3) n;
