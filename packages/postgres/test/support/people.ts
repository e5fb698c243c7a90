import type { LinkInput } from '@dualauth/core'

/** The tables of an application that was here before: uuids, snake_case, an enum of roles for each organization. */
export const PEOPLE = `
create type member_role as enum ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER');
create table users (
  id uuid primary key default gen_random_uuid(),
  email text unique,
  email_verified boolean not null default false,
  display_name text,
  role text,
  is_active boolean not null default true,
  deleted_at timestamptz
);
create table organizations (id text primary key, is_active boolean not null default true);
create table organization_memberships (
  user_id uuid not null references users(id),
  organization_id text not null references organizations(id),
  role member_role not null default 'MEMBER',
  left_at timestamptz
);
insert into organizations (id) values ('acme'), ('globex'), ('initech');
`

/** An identity as a verifier hands it to `link`. */
export function identity(parts: Partial<LinkInput> & { readonly subject: string }): LinkInput {
  return {
    verifier: 'workos',
    issuer: 'https://issuer.example.com',
    kind: 'user',
    claims: {},
    organization: null,
    roles: [],
    permissions: [],
    ...parts,
  } as LinkInput
}
