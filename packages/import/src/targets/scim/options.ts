import { assertEndpointUrl } from '@dualauth/core/adapter'
import { functionOption, object, optionError, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Person } from '../../ports/rows.js'

/** The options of `scimTarget`. */
export interface ScimTargetOptions {
  /** The base URL of `/Users` and `/Groups`, such as `https://id.example.com/scim/v2`. */
  readonly baseUrl: string
  /** Sent as a bearer token. A function is called before each request, so that a token can be renewed. */
  readonly token: string | (() => string | Promise<string>)
  /** The name in the ledger, different for each directory. Default: `scim:` with host and path of `baseUrl`. */
  readonly name?: string
  /**
   * What to do with organizations, which SCIM does not have. `groups`: each becomes a group, with `organization:` and
   * its id as `externalId`, and a membership makes its person a member of that group. `none`: organizations and
   * memberships are left out. Default `groups`.
   */
  readonly organizations?: 'groups' | 'none'
  /**
   * The user name for signing in. Default: the address, or the id of a person without one. Null: the person fails with
   * `no_user_name`.
   */
  readonly userName?: (person: Person) => string | null
  /**
   * Whether group names must be unique there. If so, a second group with the same name is a conflict, `name_taken`.
   * Default true.
   */
  readonly uniqueGroupNames?: boolean
  /** A host for which `http` is allowed, such as `authentik.default.svc:9000`. Not needed for loopback. */
  readonly allowInsecureHost?: string
  /** How long one request may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Default: the global one. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

/** RFC 6750 section 2.1, but with every character that a header allows. */
export const TOKEN: RegExp = /^[\x21-\x7e]{1,8192}$/

const schema = object({
  baseUrl: text,
  token: z.custom<ScimTargetOptions['token']>(
    (value) => typeof value === 'function' || (typeof value === 'string' && TOKEN.test(value)),
    'a bearer token, or a function that resolves to one',
  ),
  name: z.exactOptional(text),
  organizations: z._default(z.enum(['groups', 'none']), 'groups'),
  userName: z.exactOptional(functionOption<NonNullable<ScimTargetOptions['userName']>>()),
  uniqueGroupNames: z._default(z.boolean(), true),
  allowInsecureHost: z.exactOptional(text),
  timeoutMs: z._default(wholeBetween(1, 120_000), 10_000),
  fetch: z.exactOptional(functionOption<NonNullable<ScimTargetOptions['fetch']>>()),
})

export type Settings = ScimTargetOptions &
  Required<Pick<ScimTargetOptions, 'name' | 'organizations' | 'uniqueGroupNames' | 'timeoutMs'>>

export function settingsOf(options: ScimTargetOptions): Settings {
  const settings = parseOptions(schema, options, 'scimTarget')
  const insecure = { option: 'scimTarget.allowInsecureHost', host: settings.allowInsecureHost }
  const baseUrl = assertEndpointUrl(settings.baseUrl, 'scimTarget.baseUrl', insecure).replace(/\/+$/, '')
  if (/[?#]/.test(baseUrl)) throw optionError('scimTarget.baseUrl', 'must have no query and no fragment')
  return { ...settings, baseUrl, name: settings.name ?? `scim:${baseUrl.replace(/^https?:\/\//, '')}` }
}
