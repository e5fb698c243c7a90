import { createDatabase, describeWith } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import fc from 'fast-check'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventErrorOf } from '../../src/events/event-error.js'
import { sqlStateOf } from '../../src/sql/sql-state.js'

const PHONE = '+49 170 1234567'
const said = (message: string, members: object = {}): string =>
  eventErrorOf(Object.assign(new Error(message), members))?.message ?? ''
/** As Knex writes a string into a statement. */
const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`
const ones = Array.from({ length: 900 }, () => '1').join(', ')

describe('an event repeats no value of a statement', () => {
  it.each<[string, string, string]>([
    [
      'with a long list',
      `select * from "users" where "phone" = '${PHONE}' and "tenant" in (${ones}) - column "tenant" does not exist`,
      '… - column "tenant" does not exist',
    ],
    [
      'on several lines',
      `select *\nfrom users\nwhere phone = '${PHONE}'\n - relation "users" does not exist`,
      '… - relation "users" does not exist',
    ],
    [
      'whose first line has the value',
      `select * from users where phone = '${PHONE}'\nlimit 1 - connect ECONNREFUSED 10.0.0.7:5432`,
      '… - connect ECONNREFUSED 10.0.0.7:5432',
    ],
    ['in brackets', `(select 1 from users where phone = '${PHONE}') union select 2`, 'E_QUERY'],
    ['that replaces', `replace into users (phone) values ('${PHONE}') - database is locked`, '… - database is locked'],
    ['that merges', `MERGE INTO users USING x ON phone = 491701234567`, 'E_QUERY'],
    ['that calls', `call find_user(491701234567)`, 'E_QUERY'],
    ['behind a comment', `/* app:web\n*/ select 1 where phone = 491701234567`, 'E_QUERY'],
    ['behind a comment of a line', `-- app\nselect 1 where phone = 491701234567`, 'E_QUERY'],
    ['whose value holds the separator', `select 1 where name = 'Ada - ${PHONE}' - lost`, 'E_QUERY'],
    ['cut within its value', `select 1 where name = 'Ada - ${PHONE}`, 'E_QUERY'],
    [
      'that a message quotes',
      `cannot run: select 1 where phone = '${PHONE}' limit 1`,
      'cannot run: select 1 where phone = … limit 1',
    ],
    [
      'whose parameters have a quote',
      `Failed query: select "id" from "users" where "name" = $1\nparams: O'Neil`,
      'Failed query: select …',
    ],
  ])('%s', (_, message, outline) => {
    expect(said(message, { code: 'E_QUERY' })).toBe(outline)
  })

  it('and names the class where there is no code', () => {
    expect(eventErrorOf(new TypeError(`call find_user('${PHONE}')`))).toEqual({
      name: 'TypeError',
      code: null,
      message: 'TypeError',
    })
  })
})

describe('an event repeats no value that a database quotes', () => {
  it.each<[string, string, string]>([
    ['MySQL', `Duplicate entry '${PHONE}' for key 'users.phone'`, 'Duplicate entry …'],
    ['a quote in it', `Duplicate entry 'O'Neil ${PHONE}' for key 'users.phone'`, 'Duplicate entry …'],
    ['a line break in it', `Incorrect integer value: 'Ada\nLovelace' for column 'age'`, 'Incorrect integer value: …'],
    ['PostgreSQL', `invalid input syntax for type uuid: "${PHONE}"`, 'invalid input syntax for type uuid: …'],
    [
      'SQL Server',
      `Cannot insert duplicate key in object 'dbo.users'. The duplicate key value is (${PHONE}).`,
      'Cannot insert duplicate key in object ….',
    ],
    [
      'MySQL, of a statement',
      `error in your SQL syntax near '${PHONE}' at line 1`,
      'error in your SQL syntax near … at line 1',
    ],
  ])('%s', (_, message, outline) => {
    expect(said(message)).toBe(outline)
  })

  it('nor a message of mysql2, whose SQLSTATE is beside its code', () => {
    const twice = { code: 'ER_DUP_ENTRY', errno: 1062, sqlState: '23000' }
    expect(sqlStateOf(twice)).toBe('23000')
    expect(said(`Duplicate entry '${PHONE}' for key 'users.phone'`, twice)).toBe('the database refused (23000)')
    expect(said(`Unknown column 'fone' in 'field list'`, { code: 'ER_BAD_FIELD_ERROR', sqlState: '42S22' })).toBe(
      `Unknown column 'fone' in 'field list'`,
    )
  })

  it.each([
    `relation "users" does not exist`,
    `Can't set headers after they are sent`,
    `Table 'app.users' doesn't exist`,
    'connect ECONNREFUSED 10.0.0.7:5432',
  ])('but what names no value: %s', (message) => {
    expect(said(message)).toBe(message)
  })
})

const PLANTED = 'zq7Planted'
/** A value with the planted text in it, and whatever else people and attackers write. */
const planted = fc
  .tuple(
    ...[0, 1].map(() =>
      fc.array(fc.constantFrom("'", '"', '\\', ' - ', '\n', '(', ')', '/*', '--', 'é', 'x', ' '), { maxLength: 8 }),
    ),
  )
  .map(([before = [], after = []]) => `${before.join('')}${PLANTED}${after.join('')}`)
const verb = fc.constantFrom(
  'select',
  'SELECT',
  'with',
  'insert',
  'update',
  'delete',
  'replace',
  'merge',
  'call',
  'set',
)
const opening = fc.constantFrom('', '(', '((', '/* web */ ', '/*\n**/', '-- web\n', '# web\n', ' \n ', '; ')
const filler = fc.constantFrom('', ` and t in (${ones})`, '\nlimit 1', ' and x = now() - y', ` and n = 'O''Neil'`)
const failure = fc.constantFrom(
  '',
  ' - lost',
  ' - column "x" does not exist',
  '\n - lost\nmore',
  ` - near "x": syntax error`,
)

it('no event repeats a value that was planted in a statement or in what a database says of it', () => {
  const statement = fc
    .tuple(opening, verb, planted, filler, failure)
    .map(([start, word, value, more, end]) => `${start}${word} x from t where a = ${literal(value)}${more}${end}`)
  const quoted = fc
    .tuple(
      fc.constantFrom<[string, string]>(
        [`Duplicate entry '`, `' for key 'users.phone'`],
        [`Incorrect datetime value: '`, `' for column 'born' at row 1`],
        [`invalid input syntax for type date: "`, '"'],
        [`cannot run: select 1 where x = '`, `' limit 1`],
        [`Cannot insert duplicate key in object 'dbo.users'. The duplicate key value is (`, ').'],
        [`select 1 where x = ? - Duplicate entry '`, `' for key 'users.phone'`],
        [`Failed query: select "a" from "t" where "b" = $1\nparams: `, ''],
      ),
      planted,
    )
    .map(([[before, after], value]) => `${before}${value}${after}`)
  fc.assert(
    fc.property(fc.oneof(statement, quoted), fc.boolean(), (message, isBelow) => {
      const error = new Error(message)
      const told = eventErrorOf(isBelow ? new Error('failed', { cause: error }) : error)
      expect(told?.message).not.toContain(PLANTED)
    }),
    { numRuns: 2_000 },
  )
})

it.each(['/*', '/* */', ' ', '--', '-- x\n', '#', "'", '"(', 'set ', 'value is (', ' - ', 'a@', '?'])(
  'a long message of %j is read in linear time',
  (part) => {
    const started = performance.now()
    said(part.repeat(300_000))
    said(`${part.repeat(300_000)}x`)
    expect(performance.now() - started).toBeLessThan(1_000)
  },
)

describeWith('PostgreSQL', 'what real drivers throw', () => {
  let pool: Pool
  let lite: PGlite
  beforeAll(async () => {
    lite = new PGlite()
    pool = new Pool({ connectionString: await createDatabase() })
  })
  afterAll(async () => {
    await pool.end()
    await lite.close()
  })

  it.each<[string, string, string]>([
    ['a value of another type', `select '${PHONE}'::uuid`, 'the database refused (22P02)'],
    ['a statement that is none', `select 1 where '${PHONE}' '${PHONE}'`, 'syntax error at or near …'],
    [
      'a column that is not there',
      `select fone from pg_catalog.pg_class where relname = '${PHONE}'`,
      'column "fone" does not exist',
    ],
  ])('of %s tells no value', async (_, sql, outline) => {
    for (const ask of [() => pool.query(sql), () => lite.query(sql)]) {
      const thrown: unknown = await ask().then(
        () => null,
        (error: unknown) => error,
      )
      expect(eventErrorOf(thrown)?.message).toBe(outline)
    }
  })
})
