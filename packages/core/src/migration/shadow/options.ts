import * as z from 'zod/mini'
import type { RoleMap } from '../../access/grants.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { Account, Link, Principal } from '../../identity/principal.js'
import type { RegisteredGrant } from '../../register.js'
import { grantOf } from '../../settings/grant.js'
import { optionError } from '../../settings/options.js'
import { between, functionOption, object, wholeBetween } from '../../settings/schemas.js'
import { shadowIgnore, type ShadowIgnore } from './ignore.js'

/**
 * Compares what the new side would have decided with what the old side decided. It decides nothing and delays no
 * answer; differences become events. At least one of `access`, `link` and `directory` is required and says what to
 * compare.
 */
export interface ShadowOptions {
  /**
   * The meaning of roles on the new side. Each permission that a guard or `auth.authorize` checks is also checked with
   * it.
   */
  readonly access?: { readonly roles: Readonly<Record<string, readonly RegisteredGrant[]>> }
  /**
   * If a request decided by the old side also has a cookie of the new side: the account of that cookie, as `link` of
   * `createDualAuth` returns it. It must **not write**, so that nobody is linked or created. Default: such cookies are
   * ignored.
   */
  readonly link?: Link
  /**
   * The new side's account of a person whom the old side let in, as `link` would return it, with the application's own
   * ids; null if there is none. Fields left out (`organization` and `memberships`, or `roles` and `permissions`) are
   * not compared.
   */
  readonly directory?: (principal: Principal) => MaybePromise<Account | null>
  /**
   * Minimum time before `directory` is called again for the same person and organization, in milliseconds. Default
   * 3,600,000.
   */
  readonly directoryEveryMs?: number
  /** True: also compares at `dual`, for people whom the old side lets in. Default false: only at `shadow`. */
  readonly inDual?: boolean
  /** The share of requests to compare, from 0 to 1. Default 1. */
  readonly sample?: number
  /** Maximum number of waiting and running comparisons; more are dropped and counted. Default 100. */
  readonly maxInFlight?: number
  /** Time limit of one comparison, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number
  /** Known differences. Default: none. */
  readonly ignore?: readonly ShadowIgnore[]
}

/** Options with defaults filled in. */
export interface ParsedShadow {
  /** Null if not compared. */
  readonly roles: RoleMap | null
  readonly link: Link | null
  readonly directory: ((principal: Principal) => MaybePromise<Account | null>) | null
  readonly directoryEveryMs: number
  readonly inDual: boolean
  readonly sample: number
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly ignore: readonly ShadowIgnore[]
}

export const shadowOptions: z.ZodMiniType<ShadowOptions> = object({
  access: z.exactOptional(object({ roles: z.record(z.string(), z.array(grantOf<RegisteredGrant>())) })),
  link: z.exactOptional(functionOption<Link>()),
  directory: z.exactOptional(functionOption<NonNullable<ShadowOptions['directory']>>()),
  directoryEveryMs: z._default(wholeBetween(0, 2_147_483_647), 3_600_000),
  inDual: z._default(z.boolean(), false),
  sample: z._default(between(0, 1), 1),
  maxInFlight: z._default(wholeBetween(1, 10_000), 100),
  timeoutMs: z._default(wholeBetween(10, 60_000), 2_000),
  ignore: z._default(z.array(shadowIgnore), []),
})

/**
 * @param options As the schema returns them.
 * @throws {AuthError} `configuration_invalid`: nothing would be compared.
 */
export function parsedShadow(options: ShadowOptions | undefined, path: string): ParsedShadow | null {
  if (options === undefined) return null
  const { access, link = null, directory = null, ...limits } = options
  const roles = access?.roles ?? null
  if (roles === null && link === null && directory === null)
    throw optionError(path, 'compares nothing; give access, link or directory')
  return { roles, link, directory, ...(limits as Required<typeof limits>) }
}
