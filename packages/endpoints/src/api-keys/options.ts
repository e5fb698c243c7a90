import type { ApiKeyManagement, DualAuth, RegisteredGrant, RegisteredPermission } from '@dualauth/core'
import {
  functionOption,
  grantOf,
  object,
  optionError,
  parseOptions,
  permission,
  wholeBetween,
  withMethods,
} from '@dualauth/core/settings'
import * as z from 'zod/mini'

/** The options of `apiKeyEndpoints`. */
export interface ApiKeyEndpointsOptions {
  /** The instance that authenticates callers. Its `apiKeys` verifier verifies the keys. */
  readonly auth: DualAuth
  /** The store of the keys: `storedApiKeys(query)` of `@dualauth/postgres`. */
  readonly keys: ApiKeyManagement
  /**
   * The prefix of new keys, the same as of their verifier: `sk_live_`. Or one for each environment that a request may
   * name in `environment`: `{ live: 'sk_live_', test: 'sk_test_' }`. The first is the default.
   */
  readonly prefix: string | Readonly<Record<string, string>>
  /** The path where the endpoints are mounted, as callers see it. Default `/api-keys`. */
  readonly basePath?: string
  /**
   * The permissions that a caller needs, unless a signed-in user manages their own keys. API keys, services and tokens
   * with scopes need them, and everybody needs them for the keys of an organization. Scopes must contain them by name,
   * or as `resource:*`; `*` is not enough. Default `api-keys:read` and `api-keys:write`.
   */
  readonly permissions?: { readonly read?: RegisteredPermission; readonly write?: RegisteredPermission }
  /** Whether signed-in users may manage their own keys without a permission. Default true. */
  readonly selfService?: boolean
  /**
   * Whether a new key acts for the organization of its creator. False: for none, and `link` decides. Use false if the
   * table of keys has no column for an organization. Default true.
   */
  readonly ofOrganization?: boolean
  /** Scopes of a new key when the request names none. Default: the request must name them. */
  readonly defaultScopes?: readonly RegisteredGrant[]
  /** Maximum number of active keys of an owner. Default 100. */
  readonly maxKeys?: number
  /** Lifetime of a new key if the request names none, in days; null: it never expires. Default 90. */
  readonly defaultLifetimeDays?: number | null
  /** The longest lifetime that a request may name, in days; null: no limit. Default 365. */
  readonly maxLifetimeDays?: number | null
  /** How long the old key stays valid after a rotation if the request does not say. Default 86,400: a day. */
  readonly defaultOverlapSeconds?: number
  /** The longest overlap that a request may name. Default 604,800: a week. */
  readonly maxOverlapSeconds?: number
  /** The largest body of a request. Default 16,384. */
  readonly maxBodyBytes?: number
  /** Called with the cause of every 503, for logs. Not awaited. */
  readonly onError?: (cause: unknown) => void
}

const days: z.ZodMiniType<number | null> = z.union(
  [z.null(), wholeBetween(1, 36_500)],
  'whole days from 1 to 36,500, or null',
)
// As `createApiKey` takes it: a wrong one must fail here, and not at the first request.
const keyPrefix = z
  .string('letters, digits and `_`, from a letter to a `_`, such as sk_live_')
  .check(z.regex(/^[A-Za-z]\w{0,30}_$/))
const environment = z.string('letters, digits, - and _').check(z.regex(/^[A-Za-z][\w-]{0,31}$/))

const schema = object({
  auth: withMethods<DualAuth>(['guard', 'respond', 'authorize', 'mayGrant'], 'what createDualAuth() returned'),
  keys: withMethods<ApiKeyManagement>(
    ['create', 'list', 'get', 'rename', 'rotate', 'revoke'],
    'the management of keys, such as storedApiKeys(query)',
  ),
  prefix: z.union(
    [keyPrefix, z.record(environment, keyPrefix)],
    'a prefix such as sk_live_, or one for each environment',
  ),
  basePath: z._default(z.string('a path such as /api-keys').check(z.regex(/^(?:\/[\w.~-]+)+$/)), '/api-keys'),
  permissions: z.prefault(
    object({ read: z._default(permission, 'api-keys:read'), write: z._default(permission, 'api-keys:write') }),
    {},
  ),
  selfService: z._default(z.boolean(), true),
  ofOrganization: z._default(z.boolean(), true),
  defaultScopes: z.exactOptional(z.array(grantOf<RegisteredGrant>())),
  maxKeys: z._default(wholeBetween(1, 100_000), 100),
  defaultLifetimeDays: z._default(days, 90),
  maxLifetimeDays: z._default(days, 365),
  defaultOverlapSeconds: z._default(wholeBetween(0, 31_536_000), 86_400),
  maxOverlapSeconds: z._default(wholeBetween(0, 31_536_000), 604_800),
  maxBodyBytes: z._default(wholeBetween(256, 1_048_576), 16_384),
  onError: z.exactOptional(functionOption<(cause: unknown) => void>()),
})

type OptionalOption = 'defaultScopes' | 'onError'

/** With the defaults filled in. */
export interface Settings extends Required<Omit<ApiKeyEndpointsOptions, OptionalOption | 'prefix' | 'permissions'>> {
  /** The defaults need not be registered. */
  readonly permissions: { readonly read: RegisteredPermission; readonly write: RegisteredPermission }
  readonly defaultScopes?: readonly RegisteredGrant[]
  readonly onError?: (cause: unknown) => void
  /** Environment → prefix; the first is the default. */
  readonly prefixes: ReadonlyMap<string, string>
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseApiKeyEndpointsOptions(options: unknown): Settings {
  const { prefix, permissions, ...rest } = parseOptions(schema, options, 'apiKeyEndpoints')
  const prefixes = new Map(Object.entries(typeof prefix === 'string' ? { default: prefix } : prefix))
  if (prefixes.size === 0) throw optionError('apiKeyEndpoints.prefix', 'contains no environment')
  const { defaultLifetimeDays, maxLifetimeDays, defaultOverlapSeconds, maxOverlapSeconds } = rest
  for (const option of ['maxLifetimeDays', 'defaultLifetimeDays'] as const)
    if (rest[option] !== null && rest.keys.limits?.canExpire === false)
      throw optionError(
        `apiKeyEndpoints.${option}`,
        'must be null: the table of keys has no column for their end (columns.expiresAt)',
      )
  // Found at the start, and not by the first caller who acts for an organization.
  if (rest.ofOrganization && rest.keys.limits?.canActForOrganization === false)
    throw optionError(
      'apiKeyEndpoints.ofOrganization',
      'must be false: the table of keys has no column for an organization (columns.organization)',
    )
  if (maxLifetimeDays !== null && (defaultLifetimeDays === null || defaultLifetimeDays > maxLifetimeDays))
    throw optionError('apiKeyEndpoints.defaultLifetimeDays', 'must not be more than maxLifetimeDays')
  if (defaultOverlapSeconds > maxOverlapSeconds)
    throw optionError('apiKeyEndpoints.defaultOverlapSeconds', 'must not be more than maxOverlapSeconds')
  return { ...rest, permissions: permissions as Settings['permissions'], prefixes }
}
