import { askedQuery, statementTimeout } from '../../../sql/asked-query.js'
import * as z from 'zod/mini'
import { between, functionOption, headerKeyPrefix, object, text, verifierName } from '../../../settings/schemas.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import { apiKeyHeader } from '../../../verify/api-key-carriage.js'
import { namesSchema, type Columns, type Query } from '../../../sql/names.js'

/** The options of `betterAuthApiKeys`. */
export interface BetterAuthApiKeysOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** Any driver: `(sql, params) => rows`. A rejection means "cannot tell". */
  readonly query: Query
  /** The prefix of all keys of this configuration, such as `sk_live_`. Default: none. */
  readonly prefix?: string
  /** Length of a key with its prefix. Default: the prefix and 64 characters. */
  readonly minLength?: number
  /** Default: `minLength` if `prefix` is given, otherwise 128, because people may choose their own prefix. */
  readonly maxLength?: number
  /** Default `x-api-key`. False: only a bearer is read. */
  readonly header?: string | false
  /** Whether `Authorization: Bearer` may carry a key. Better Auth itself does not accept keys there. Default false. */
  readonly bearer?: boolean
  /** The plugin's `configId`. Keys of other configurations are unknown here. Default `default`. */
  readonly configId?: string
  /** The plugin's `references`. Default `user`. */
  readonly references?: 'user' | 'organization'
  /** The column of the owner; `userId` for the plugin up to 1.4. Default `referenceId`. */
  readonly ownerField?: 'referenceId' | 'userId'
  /** What a key without permissions may do, within its owner's permissions. Default `nothing`. */
  readonly withoutPermissions?: 'nothing' | 'everything'
  /** False: read only. Rate limits are not checked and nothing is counted. Default true. */
  readonly countUsage?: boolean
  /** Default `apikey`, `user` and `organization`. May include a schema. */
  readonly tables?: { readonly apikey?: string; readonly user?: string; readonly organization?: string }
  /** `camelCase`, the default, `snake_case`, or for each table a map of the columns that differ. */
  readonly columns?: Columns<'apikey' | 'user' | 'organization'>
  /** How long to wait for one statement, in milliseconds. Default 3000, at most 60000. */
  readonly timeoutMs?: number
}

const length = z.exactOptional(between(20, 8192))
const TABLES = ['apikey', 'user', 'organization'] as const
const schema = object({
  name: verifierName,
  query: functionOption<Query>(),
  prefix: z._default(headerKeyPrefix(0), ''),
  minLength: length,
  maxLength: length,
  header: apiKeyHeader,
  bearer: z._default(z.boolean(), false),
  configId: z._default(text, 'default'),
  references: z._default(z.enum(['user', 'organization']), 'user'),
  ownerField: z._default(z.enum(['referenceId', 'userId']), 'referenceId'),
  withoutPermissions: z._default(z.enum(['nothing', 'everything']), 'nothing'),
  countUsage: z._default(z.boolean(), true),
  ...namesSchema(TABLES),
  timeoutMs: statementTimeout,
})

/** Parsed options, with defaults filled in. */
export type ParsedApiKeysOptions = ReturnType<typeof parseApiKeysOptions>

const DEFAULT_KEY_LENGTH = 64
const LONGEST_WITHOUT_PREFIX = 128

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseApiKeysOptions(
  options: unknown,
  owner: string,
): {
  readonly name: string
  readonly query: Query
  readonly prefix: string
  readonly minLength: number
  readonly maxLength: number
  readonly headers: readonly string[]
  readonly bearer: boolean
  readonly configId: string
  readonly references: 'user' | 'organization'
  readonly ownerField: 'referenceId' | 'userId'
  readonly withoutPermissions: 'nothing' | 'everything'
  readonly countUsage: boolean
  readonly tables: BetterAuthApiKeysOptions['tables']
  readonly columns: BetterAuthApiKeysOptions['columns']
} {
  const parsed = parseOptions(schema, options, owner)
  const { prefix, header, bearer, references, ownerField } = parsed
  const minLength = parsed.minLength ?? prefix.length + DEFAULT_KEY_LENGTH
  const maxLength = parsed.maxLength ?? (prefix === '' ? Math.max(LONGEST_WITHOUT_PREFIX, minLength) : minLength)
  const headers = header === false ? [] : [header.toLowerCase()]
  if (maxLength < minLength) throw optionError(`${owner}.maxLength`, 'must not be less than minLength')
  if (!bearer && headers.length === 0)
    throw optionError(`${owner}.header`, 'leaves no carrier; allow the header or the bearer')
  if (headers.some((name) => ['authorization', 'cookie'].includes(name)))
    throw optionError(`${owner}.header`, 'must not be authorization or cookie')
  if (references === 'organization' && ownerField === 'userId')
    throw optionError(`${owner}.references`, 'keys with a userId belong to users')
  return {
    name: parsed.name,
    query: askedQuery(parsed.query, `${owner}.query`, parsed.timeoutMs),
    prefix,
    minLength,
    maxLength,
    headers,
    bearer,
    configId: parsed.configId,
    references,
    ownerField,
    withoutPermissions: parsed.withoutPermissions,
    countUsage: parsed.countUsage,
    tables: parsed.tables,
    columns: parsed.columns,
  }
}
