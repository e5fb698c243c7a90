import type { LinkInput, LinkRefusal } from '@dualauth/core'
import { CHECK_VIOLATION, NOT_NULL_VIOLATION, sqlStateOf, UNIQUE_VIOLATION } from '../sql/sql-state.js'
import { quoteName } from '../sql/quote.js'
import { isSeparate, recordConflict } from '../conflicts/record-conflict.js'
import type { Column } from '../sql/describe-tables.js'
import type { Ground } from './ground.js'
import { keyParams } from './identity-key.js'
import type { NewColumns, Provision, VerifierRule } from './options.js'

type Insert = Exclude<NonNullable<VerifierRule['provision']>, Provision>

/**
 * Inserts the account and its link in one statement: the link first, whose key only one of many at the same time gets,
 * and with it the account.
 *
 * @returns The new id; an empty text where somebody else was quicker; a refusal where the row cannot be.
 */
export async function createAccount(
  ground: Ground,
  identity: LinkInput,
  provision: Insert,
): Promise<string | LinkRefusal> {
  const values = provision === 'create' ? contactOf(ground, identity) : provision.columns(identity)
  try {
    return await insert(ground, identity, values)
  } catch (error) {
    const state = sqlStateOf(error)
    if (state === NOT_NULL_VIOLATION || state === CHECK_VIOLATION) {
      await recordConflict(ground.query, identity, 'account_incomplete', null)
      return { refuse: 'account_conflict', reason: 'account_incomplete' }
    }
    const holder = state === UNIQUE_VIOLATION ? await holderOf(ground, values) : null
    if (holder === null) throw error
    // Somebody decided that this is another person: an account without the address that is taken.
    if (await isSeparate(ground.query, identity)) return insert(ground, identity, withoutContact(ground, values))
    await recordConflict(ground.query, identity, 'address_taken', holder)
    return { refuse: 'account_conflict', reason: 'address_taken' }
  }
}

async function insert({ query, plan, users }: Ground, identity: LinkInput, values: NewColumns): Promise<string> {
  const columns = Object.entries(values).map(([name, value]) => ({
    name: quoteName(name),
    column: plan.users.column(name, 'accounts.verifiers.provision.columns'),
    value,
  }))
  const id = quoteName(users.id)
  const sql = `
with link as (
  insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
  values ($1::text, $2::text, $3::text, (${newId(plan.id, plan.users.from, users.id)})::text, 'provisioned')
  on conflict (verifier, issuer, subject) do nothing returning account_id
), person as (
  insert into ${plan.users.from} (${[id, ...columns.map(({ name }) => name)].join(', ')})
  ${plan.id.isGenerated ? 'overriding system value' : ''}
  select ${[`link.account_id::${plan.id.type}`, ...columns.map(({ column }, at) => `$${at + 4}::text::${column.type}`)].join(', ')}
  from link
)
select account_id from link`
  const rows = await query(sql, [...keyParams(identity), ...columns.map(({ column, value }) => textOf(value, column))])
  return String(rows[0]?.['account_id'] ?? '')
}

/** The next id, as the table itself would make it. */
function newId({ type, default: made, isIdentity }: Column, table: string, column: string): string {
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
  if (isIdentity) return `nextval(pg_get_serial_sequence(${literal(table)}, ${literal(column)}))`
  if (made !== null) return made
  if (type === 'uuid') return 'gen_random_uuid()'
  if (type === 'smallint' || type === 'integer' || type === 'bigint')
    throw new TypeError('accounts: the ids of users have no default; provision with a function that chooses one')
  return 'gen_random_uuid()::text'
}

/** Columns of JSON take it as text, too. */
function textOf(value: NewColumns[string], { type }: Column): string | null {
  if (value === null || value === undefined) return null
  if (type === 'json' || type === 'jsonb') return JSON.stringify(value)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The address as the provider states it; verified only where it says so. */
function contactOf({ users }: Ground, { claims }: LinkInput): NewColumns {
  const { email, email_verified: verified } = (claims ?? {}) as {
    readonly email?: unknown
    readonly email_verified?: unknown
  }
  return {
    [users.email as string]: typeof email === 'string' ? email : null,
    ...(users.emailVerified === undefined ? {} : { [users.emailVerified]: verified === true }),
  }
}

function withoutContact({ users }: Ground, values: NewColumns): NewColumns {
  const contact = [users.email, users.emailVerified]
  return Object.fromEntries(Object.entries(values).filter(([name]) => !contact.includes(name)))
}

/** Whose address it is; null where no address was in the way. */
async function holderOf({ query, plan, users }: Ground, values: NewColumns): Promise<string | null> {
  const email = users.email === undefined ? undefined : values[users.email]
  if (users.email === undefined || typeof email !== 'string') return null
  const column = `u.${quoteName(users.email)}`
  const rows = await query(
    `select u.${quoteName(users.id)}::text as id from ${plan.users.from} u where ${column} = $1::text or lower(${column}::text) = lower($1::text) limit 1`,
    [email],
  )
  return (rows[0]?.['id'] ?? null) as string | null
}
