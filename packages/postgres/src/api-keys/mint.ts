import { AuthError, createApiKey, type ApiKeyRefusal, type MintApiKeyInput, type MintedApiKey } from '@dualauth/core'
import { between, functionOption, object, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { isIdOf } from '../sql/id-column.js'
import { ask } from './ask.js'
import { insertion } from './insertion.js'
import type { ParsedOptions } from './key-columns.js'
import { mayOwn, type KeyStore } from './key-store.js'
import type { KeyTable } from './key-table.js'
import { readManaged } from './read-key.js'
import { invalid, isName, isScope, refused } from './refuse.js'
import { params } from './statement.js'

/** A century: longer is a mistake, or means never. */
export const lifetime: z.ZodMiniType<number | null> = z.union(
  [z.null(), between(1, 3_155_760_000_000)],
  'milliseconds, or null',
)
/** Lists show a key's prefix and this many characters of its secret. */
export const START_LENGTH = 4
/** Of concurrent statements that create keys for one owner, one succeeds in each round. */
const ATTEMPTS = 100

const schema = object({
  owner: object({ kind: z.enum(['user', 'service', 'organization']), id: text }),
  prefix: text,
  // Checked as caller input.
  scopes: z.unknown(),
  name: z.optional(z.unknown()),
  organization: z.exactOptional(z.union([text, z.null()], 'a non-empty string or null')),
  may: z.exactOptional(functionOption<NonNullable<MintApiKeyInput['may']>>()),
  lifetimeMs: z.exactOptional(lifetime),
  maxActive: z.exactOptional(wholeBetween(0, 1_000_000)),
  by: z.exactOptional(text),
})

/** Creates a key, if its owner may have it and its table can hold it. */
export async function mint(store: KeyStore, input: MintApiKeyInput): Promise<MintedApiKey | ApiKeyRefusal> {
  const {
    owner,
    prefix,
    organization = null,
    lifetimeMs = null,
    by = owner.id,
    may,
    maxActive,
  } = parseOptions(schema, input, 'create') as MintApiKeyInput
  const { scopes, name = null } = input
  const table = await store.table()
  const problem = problemOf(table, store.options, { owner, organization, scopes, name, lifetimeMs })
  if (problem !== null) return invalid(problem)
  for (const scope of may === undefined ? [] : scopes)
    // Only `true` is consent.
    if ((await may?.(scope)) !== true) return refused(new AuthError('permission_denied', { required: scope }))
  const { key } = await createApiKey({ prefix, owner, scopes: [...scopes] })
  const made = { start: key.slice(0, prefix.length + START_LENGTH), owner, organization, scopes, name, lifetimeMs, by }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const sent = params()
    const sql = insertion(table, { ...made, hash: await store.hash(key) }, maxActive, sent)
    const [row] = await ask(store.query, sql, sent, name === null ? store.options.columns.name : undefined)
    if (row?.['id'] != null) return { ok: true, key, apiKey: readManaged(row, store.options) }
    if (row?.['is_alone'] !== 'false') return refused(new AuthError('limit_reached'))
  }
  return refused(
    new AuthError('store_unavailable', { message: 'API keys: too many are created for one owner at once' }),
  )
}

/** What the caller sent that this table cannot hold; null for nothing. */
function problemOf(
  table: KeyTable,
  options: ParsedOptions,
  {
    owner,
    organization,
    scopes,
    name,
    lifetimeMs,
  }: Required<Omit<MintApiKeyInput, 'prefix' | 'may' | 'maxActive' | 'by'>>,
): string | null {
  const { columns } = table
  if (!Array.isArray(scopes) || !scopes.every(isScope)) return 'scopes: must be a list of permissions'
  if (scopes.length > 100) return 'scopes: must be at most 100'
  if (!isName(name)) return 'name: must be text of 1 to 200 characters, or null'
  if (!mayOwn(table, options, owner)) return 'owner: cannot have keys here'
  if (columns.scopes === undefined && !isSame(scopes, options.scopes))
    return 'scopes: keys cannot be narrowed here; leave them out'
  if (columns.name === undefined && name !== null) return 'name: keys have no names here'
  if (columns.expiresAt === undefined && lifetimeMs !== null) return 'lifetime: keys do not expire here'
  if (organization === null || (owner.kind === 'organization' && organization === owner.id)) return null
  if (columns.organization === undefined) return 'organization: keys have none here'
  return isIdOf(columns.organization.type, organization) ? null : 'organization: is not a valid id here'
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((scope) => other.includes(scope))
}
