import type { LinkInput, LinkRefusal } from '@dualauth/core'
import { sqlStateOf, UNIQUE_VIOLATION } from '../sql/sql-state.js'
import { isStorable } from '../sql/id-column.js'
import { equalsSql } from '../sql/compare.js'
import { quoteLiteral, quoteName } from '../sql/quote.js'
import { isSeparate, recordConflict } from '../conflicts/record-conflict.js'
import type { Column } from '../sql/describe-tables.js'
import type { Ground } from './ground.js'
import { accountIdentity } from './account-identity.js'
import { keyParams } from './identity-key.js'
import { incomplete, isUnfit, type Obstacle } from './obstacle.js'
import type { OpenRule } from './open-rule.js'
import type { NewColumns, Provision, VerifierRule } from './options.js'

type Insert = Exclude<NonNullable<VerifierRule['provision']>, Provision>

/**
 * Inserts the account and its link in one statement. The link comes first: of many concurrent requests, only one gets
 * its key, and with it the account. A row that the table refuses is a conflict, since retrying would not help.
 *
 * @returns The new id; an empty string if another request was faster; a refusal if the row cannot be inserted.
 */
export async function createAccount(
  ground: Ground,
  identity: LinkInput,
  provision: Insert,
  contactOf: OpenRule['contact'],
): Promise<string | LinkRefusal> {
  const { address, values } = wantedOf(ground, identity, provision, contactOf)
  const made = await insert(ground, identity, values, address)
  if (typeof made === 'string') return made
  // If somebody decided that this is another person, the account is created without the taken address.
  const isOther = made.kind === 'address_taken' && (await isSeparate(ground.query, identity))
  const other = isOther ? await insert(ground, identity, withoutContact(ground, values), null) : made
  if (typeof other === 'string') return other
  await recordConflict(ground.query, identity, other.kind, other.holder)
  const { kind: reason, cause } = other
  return { refuse: 'account_conflict', reason, ...(cause !== undefined && { cause }) }
}

async function insert(
  ground: Ground,
  identity: LinkInput,
  values: NewColumns,
  address: string | null,
): Promise<string | Obstacle> {
  const columns = Object.entries(values).map(([name, value]) => ({
    name: quoteName(name),
    column: ground.plan.users.column(name, 'accounts.verifiers.provision.columns'),
    value,
  }))
  const params = [...keyParams(identity), address, ...columns.map(({ column, value }) => textOf(value, column))]
  try {
    const [row] = await ground.query(insertSql(ground, columns), params)
    const holder = row?.['holder'] ?? null
    return holder === null ? String(row?.['account_id'] ?? '') : { kind: 'address_taken', holder: String(holder) }
  } catch (error) {
    const state = sqlStateOf(error)
    if (state === UNIQUE_VIOLATION) {
      const holder = address === null ? null : await holderOf(ground, address)
      return holder === null ? incomplete(ground, values, error) : { kind: 'address_taken', holder }
    }
    if (state !== null && isUnfit(state)) return incomplete(ground, values, error)
    throw error
  }
}

function insertSql(
  { plan, users }: Ground,
  columns: readonly { readonly name: string; readonly column: Column }[],
): string {
  const id = quoteName(users.id)
  return `
with taken as (
  ${holderSql(plan, users, '$4')} and not exists (
    select 1 from dualauth.identity_link where verifier = $1::text and issuer = $2::text and subject = $3::text
  ) limit 1
), link as (
  insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
  select $1::text, $2::text, $3::text, (${newId(plan.id, plan.users.from, users.id)})::text, 'provisioned'
  where not exists (select 1 from taken)
  on conflict (verifier, issuer, subject) do nothing returning account_id
), person as (
  insert into ${plan.users.from} (${[id, ...columns.map(({ name }) => name)].join(', ')})
  ${plan.id.isGenerated ? 'overriding system value' : ''}
  select ${[`link.account_id::${plan.id.type}`, ...columns.map(({ column }, at) => `$${at + 5}::text::${column.type}`)].join(', ')}
  from link returning ${id}::text as id
)
select (select account_id from link) as account_id, (select id from taken) as holder,
  -- A trigger that chooses another id, or no row, would leave a link to nobody: an error takes all of it back.
  1 / (case when (select pg_catalog.count(*) from link) = (select pg_catalog.count(*) from link join person on person.id = link.account_id)
    then 1 else 0 end) as whole`
}

/** The next id, made the way the table makes it. */
function newId({ type, default: made, isIdentity }: Column, table: string, column: string): string {
  if (isIdentity)
    return `pg_catalog.nextval(pg_catalog.pg_get_serial_sequence(${quoteLiteral(table)}, ${quoteLiteral(column)}))`
  if (made !== null) return made
  if (type === 'uuid') return 'pg_catalog.gen_random_uuid()'
  if (type === 'smallint' || type === 'integer' || type === 'bigint')
    throw new TypeError('accounts: user ids have no default; provision with a function that chooses one')
  return 'pg_catalog.gen_random_uuid()::text'
}

/** JSON columns take it as text, too. */
function textOf(value: NewColumns[string], { type }: Column): string | null {
  if (value === null || value === undefined) return null
  if (type === 'json' || type === 'jsonb') return JSON.stringify(value)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** What to insert, and the address that must not belong to another account. */
function wantedOf(
  { users }: Ground,
  identity: LinkInput,
  provision: Insert,
  contactOf: OpenRule['contact'],
): { readonly address: string | null; readonly values: NewColumns } {
  if (provision !== 'create') {
    const values = provision.columns(accountIdentity(identity))
    return { values, address: addressOf(users.email === undefined ? null : values[users.email]) }
  }
  const { email, isVerified: verified } = contactOf(identity)
  const address = addressOf(email)
  // Anybody may have entered an unverified address: it is stored only if a column can say that it is unverified.
  const contact = { [users.email as string]: verified || users.emailVerified !== undefined ? address : null }
  return {
    address,
    values: users.emailVerified === undefined ? contact : { ...contact, [users.emailVerified]: verified },
  }
}

function addressOf(value: unknown): string | null {
  return typeof value === 'string' && isStorable(value) && value.trim() !== '' ? value.trim() : null
}

function withoutContact({ users }: Ground, values: NewColumns): NewColumns {
  const contact = [users.email, users.emailVerified]
  return Object.fromEntries(Object.entries(values).filter(([name]) => !contact.includes(name)))
}

/** The account that has the address; null if none has it. */
async function holderOf({ query, plan, users }: Ground, address: string): Promise<string | null> {
  const [row] = await query(`${holderSql(plan, users, '$1')} limit 1`, [address])
  return (row?.['id'] ?? null) as string | null
}

/** Addresses are compared ignoring case, even if the table does not do so. */
function holderSql(plan: Ground['plan'], users: Ground['users'], address: string): string {
  const select = `select u.${quoteName(users.id)}::text as id from ${plan.users.from} u`
  if (users.email === undefined) return `${select} where ${address}::text is not null and false`
  const column = `u.${quoteName(users.email)}`
  const found = plan.users.column(users.email, 'accounts.users.email')
  return found.type === 'citext'
    ? `${select} where ${equalsSql(column, found, `${address}::text::citext`)}`
    : `${select} where pg_catalog.lower(${column}::text) = pg_catalog.lower(${address}::text)`
}
