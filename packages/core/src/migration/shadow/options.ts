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
 * What the new side would have said, compared with what the old one decided. It decides nothing and delays no answer: what it finds
 * are events. At least one of `access`, `link` and `directory` says what is compared.
 */
export interface ShadowOptions {
  /** What roles will mean on the new side: each permission that a guard or `auth.authorize` asks for is judged by it as well. */
  readonly access?: { readonly roles: Readonly<Record<string, readonly RegisteredGrant[]>> }
  /**
   * Where a request that the old side decides brings a cookie of the new one too, which account that is: as `link` of
   * `createDualAuth` answers, and **without writing**, so nobody is linked or made. Default: such cookies are not looked at.
   */
  readonly link?: Link
  /**
   * What the new side knows of a person whom the old one let in: the account as `link` would return it, by the application's own
   * ids; null where there is none. What it leaves out (`organization` and `memberships`, or `roles` and `permissions`) is not compared.
   */
  readonly directory?: (principal: Principal) => MaybePromise<Account | null>
  /** How soon `directory` is asked about the same person and organization again, in milliseconds. Default 3,600,000. */
  readonly directoryEveryMs?: number
  /** Also at `dual`, for whom the old side lets in. Default false: at `shadow` only. */
  readonly inDual?: boolean
  /** The share of requests that are compared, from 0 to 1. Default 1. */
  readonly sample?: number
  /** Comparisons that wait or are under way at a time; those beyond are dropped and counted. Default 100. */
  readonly maxInFlight?: number
  /** How long one comparison may take, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number
  /** Differences that are known. Default: none. */
  readonly ignore?: readonly ShadowIgnore[]
}

/** With its defaults filled in. */
export interface ParsedShadow {
  /** Null: not compared. */
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
