create table if not exists tenants (
  id text primary key,
  name text not null
);
create table if not exists users (
  id text primary key default gen_random_uuid()::text,
  email text not null unique,
  password_hash text,
  tenant_id text not null references tenants
);
create table if not exists tenant_users (
  user_id text not null references users,
  tenant_id text not null references tenants,
  role text not null,
  primary key (user_id, tenant_id)
);
insert into tenants (id, name) values ('acme', 'Acme'), ('beta', 'Beta') on conflict do nothing;
