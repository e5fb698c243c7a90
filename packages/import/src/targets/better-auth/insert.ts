import type { Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { quoteLiteral, quoteName } from '@dualauth/postgres'
import type { Model } from './models.js'
import { moveKey, noteMoves } from './moves.js'
import { CREDENTIAL, type Values } from './records.js'

/** One item of a batch: the row, its accounts, and the value that identifies it afterwards. */
export interface Insertion {
  readonly key: string
  readonly values: Values
  readonly accounts: readonly Values[]
}

/** What was created: its id in the target, by key. Missing ones were in somebody's way. */
export type Inserted = ReadonlyMap<string, string>

/** The members of `$n`, a JSON list. */
const members = (parameter: string): string => `pg_catalog.jsonb_array_elements(${parameter}::text::jsonb) as given (v)`

/** Writes people with their accounts. If somebody already has such an address or account, nothing is written. */
export async function insertUsers(
  query: Query,
  {
    user,
    account,
    moves,
    keyColumn,
  }: { readonly user: Model; readonly account: Model; readonly moves: Model | null; readonly keyColumn: string },
  rows: readonly Insertion[],
): Promise<Inserted> {
  const email = user.columns['email']!.name
  const accounts = rows.flatMap(({ key, accounts: own }) => own.map((values) => ({ key, values })))
  const [userId, accountId] = [account.columns['userId']!, account.columns['accountId']!]
  const provider = account.columns['providerId']!.name
  const written = accounts.map(({ values }) => without(values, accountId.name))
  const accountNames = namesOf(written, account, 'further.account', [userId.name, accountId.name])
  const sql = `
with held as (
  select v ->> 'key' as key from ${members('$2')} join ${account.table} a
    on a.${quoteName(provider)} = v -> 'values' ->> ${quoteLiteral(provider)}
    and a.${quoteName(accountId.name)} = v -> 'values' ->> ${quoteLiteral(accountId.name)}
), made as (
  ${inserting(
    user,
    namesOf(
      rows.map(({ values }) => values),
      user,
      'further.user',
    ),
    '$1',
  )}
  where not exists (
    select from ${user.table} other where other.${quoteName(email)} = pg_catalog.lower(v -> 'values' ->> ${quoteLiteral(email)})
  )
  and v ->> 'key' <> all (array(select key from held))
  on conflict do nothing
  returning ${quoteName(keyColumn)}::text as key, ${quoteName(user.columns['id']!.name)}::text as id, ${quoteName(email)} as email
)${moves === null ? '' : `, moves as (${noteMoves(moves, movedSql(provider))})`}, accounts as (
  insert into ${account.table} (${[...accountNames, userId.name, accountId.name].map(quoteName).join(', ')})
  select ${[...accountNames.map((name) => cast(account, name)), `made.id::${userId.type}`, `coalesce(v -> 'values' ->> ${quoteLiteral(accountId.name)}, made.id)`].join(', ')}
  from ${members('$2')} join made on made.key = v ->> 'key'
)
select key, id from made`
  return read(
    await query(sql, [JSON.stringify(rows.map(({ key, values }) => ({ key, values }))), JSON.stringify(accounts)]),
  )
}

/** What has come with `made`, for `lazyImport`. */
function movedSql(provider: string): string {
  return `select ${moveKey('user', 'made.id')} as key from made
  union all select ${moveKey('address', 'made.email')} from made
  union all select ${moveKey('password', 'made.id')} from ${members('$2')} join made on made.key = v ->> 'key'
    where v -> 'values' ->> ${quoteLiteral(provider)} = ${quoteLiteral(CREDENTIAL)}`
}

/** Writes rows of one model, unless an equal one exists. */
export async function insertRows(
  query: Query,
  model: Model,
  {
    keyColumn,
    option,
    unless,
  }: { readonly keyColumn: string; readonly option: string; readonly unless: readonly string[] },
  rows: readonly Insertion[],
): Promise<Inserted> {
  const names = namesOf(
    rows.map(({ values }) => values),
    model,
    option,
  )
  const same = unless.map((name) => `other.${quoteName(name)} = ${cast(model, name)}`).join(' and ')
  const sql = `
with made as (
  ${inserting(model, names, '$1')} where not exists (select from ${model.table} other where ${same})
  on conflict do nothing
  returning ${quoteName(keyColumn)}::text as key, ${quoteName(model.columns['id']!.name)}::text as id
)
select key, id from made`
  return read(await query(sql, [JSON.stringify(rows.map(({ key, values }) => ({ key, values })))]))
}

function inserting(model: Model, names: readonly string[], parameter: string): string {
  return `insert into ${model.table} (${names.map(quoteName).join(', ')})
  select ${names.map((name) => cast(model, name)).join(', ')} from ${members(parameter)}`
}

function cast(model: Model, name: string): string {
  return `(v -> 'values' ->> ${quoteLiteral(name)})::${model.byName.get(name)?.type ?? 'text'}`
}

/** @throws {AuthError} `configuration_invalid`: a column does not exist, or requires a value and has none. */
function namesOf(
  rows: readonly Values[],
  model: Model,
  option: string,
  filled: readonly string[] = [],
): readonly string[] {
  const names = [...new Set(rows.flatMap((values) => Object.keys(values)))]
  const unknown = names.find((name) => !model.byName.has(name))
  if (unknown !== undefined) throw optionError(option, `${model.table} has no column ${quoteName(unknown)}`)
  const missing = [...model.byName.values()].find(
    ({ name, isDemanded }) => isDemanded && !names.includes(name) && !filled.includes(name),
  )
  if (missing !== undefined && rows.length > 0)
    throw optionError(option, `${model.table} requires a value for ${quoteName(missing.name)}, and nothing gives one`)
  return names
}

function without(values: Values, name: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name))
}

function read(rows: readonly Readonly<Record<string, unknown>>[]): Inserted {
  return new Map(rows.map((row) => [String(row['key']), String(row['id'])]))
}
