create table if not exists users (
  id text primary key default gen_random_uuid()::text,
  email text not null unique,
  email_verified boolean not null default false,
  -- Whoever begins on the new side has none.
  password_hash text
);
