import { isAuthError } from '@dualauth/core'
import { beforeAll, expect, it } from 'vitest'
import { sqlSource, type Source, type SqlSourceOptions } from '../../src/index.js'
import { describePglite, describePostgres, type TestDatabase } from '../support/database.js'

const tests = ({ query, rows }: TestDatabase) => {
  beforeAll(async () => {
    await rows(
      `create table users (id bigint primary key, email text, verified boolean, created timestamp, "isAdmin" boolean)`,
    )
    await rows(
      `insert into users select n, 'u' || n || '@example.com', n % 2 = 0, '2024-01-02 03:04:05', false from pg_catalog.generate_series(1, 25) n`,
    )
    await rows(`insert into users values (9007199254740993, null, null, null, true)`)
    await rows('create table members (user_id bigint, tenant text, role text)')
    await rows(
      `insert into members select n, case when n % 2 = 0 then 'ä' else 'Z' end, 'admin' from pg_catalog.generate_series(1, 25) n`,
    )
    await rows(`insert into members values (1, 'ä', 'member')`)
  })
  const all = async (read: Source['people'] | undefined) => {
    const found: Record<string, unknown>[] = []
    const { signal } = new AbortController()
    for await (const row of read!({ signal })) found.push(row as Record<string, unknown>)
    return found
  }
  const source = (options: Partial<SqlSourceOptions> = {}) =>
    sqlSource({
      query,
      people: 'select id, email, verified as email_verified, created as created_at from users;',
      memberships: 'select user_id as person, tenant as organization, array[role] as roles from members',
      pageSize: 7,
      ...options,
    })

  it('reads every row once, in pages, with ids as they are', async () => {
    const people = await all(source().people)
    expect(people.map(({ id }) => id)).toEqual([
      ...Array.from({ length: 25 }, (_, n) => String(n + 1)),
      '9007199254740993',
    ])
    expect(people[1]).toEqual({
      id: '2',
      email: 'u2@example.com',
      email_verified: true,
      created_at: '2024-01-02T03:04:05',
    })
    expect(await source().count!('person')).toBe(26)
    const members = await all(source().memberships)
    expect(new Set(members.map(({ person, organization }) => `${String(person)} ${String(organization)}`)).size).toBe(
      26,
    )
    expect(members[0]).toMatchObject({ person: '1', organization: 'Z', roles: ['admin'] })
  })

  it('reads ids of text in the order of their bytes', async () => {
    const people = `select * from (values ('b', 1), ('a', 2), ('B', 3), ('ä', 4), ('a-b', 5), ('ab', 6), ('_', 7), ('z', 8)) as v (id, n)`
    expect((await all(source({ people, pageSize: 3 }).people)).map(({ id }) => id)).toEqual([
      'B',
      '_',
      'a',
      'a-b',
      'ab',
      'b',
      'z',
      'ä',
    ])
  })

  it('takes a statement with a comment at its end, a WITH, and one without rows', async () => {
    const people = 'with few as (select id, email from users where id < 3) select * from few -- the first two'
    expect(await all(source({ people }).people)).toHaveLength(2)
    expect(await all(source({ people: 'select id from users where false' }).people)).toEqual([])
  })

  it.each([
    ['select email from users', 'selects no column "id"; it selects email'],
    ['delete from users', 'must be one SELECT'],
    ['select id from nobody', 'sqlSource.people: is refused by PostgreSQL (42P01): relation "nobody" does not exist'],
    [
      'select id, emial from users',
      'sqlSource.people: is refused by PostgreSQL (42703): column "emial" does not exist',
    ],
    ['select id from users; drop table users', 'sqlSource.people: is refused by PostgreSQL (42601): syntax error'],
    [
      `select id, ('x' || email)::int as name from users`,
      'sqlSource.people: fails at a row of it in PostgreSQL (22P02)',
    ],
  ])('says what is wrong with `%s`', async (people, words) => {
    const failure: unknown = await (async () => all(source({ people }).people))().catch((error: unknown) => error)
    expect(isAuthError(failure) && failure.code).toBe('configuration_invalid')
    expect((failure as Error).message).toContain(words)
    expect((failure as Error).message).not.toContain('@example.com')
  })
}

describePglite('people by SQL', tests)
describePostgres('people by SQL', tests)
