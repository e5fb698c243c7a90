import type { Query } from '@dualauth/core'

/** As an application has them: a hash of a password, one in four with an account at Google, one in two in a team of fifty. */
export async function fillSource(query: Query, people: number): Promise<void> {
  await query(
    `create table people as select 'u-' || n as id, 'person' || n || '@example.com' as email, n % 3 = 0 as email_verified,
  'Person ' || n as name, '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi' as password_hash,
  case when n % 4 = 0 then json_build_array(json_build_object('provider', 'google', 'subject', 'g-' || n)) end as external_identities
from generate_series(1, ${people}) n`,
    [],
  )
  await query('alter table people add primary key (id)', [])
  await query(
    `create table teams as select 't-' || n as id, 'Team ' || n as name from generate_series(0, ${people} / 50) n`,
    [],
  )
  await query(
    `create table members as select 'u-' || n as person, 't-' || n / 50 as organization from generate_series(2, ${people}, 2) n`,
    [],
  )
}

export const SOURCE = {
  people: 'select * from people',
  organizations: 'select * from teams',
  memberships: 'select person, organization from members',
} as const
