import type { DualAuth, Principal, RegisteredPermission } from '@dualauth/core'
import {
  functionOption,
  object,
  optionError,
  parseOptions,
  permission,
  wholeBetween,
  withMethods,
} from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { IntrospectingClient } from './client-secrets.js'

/** The caller who asks about a token. */
export type IntrospectionCaller =
  | { readonly kind: 'client'; readonly id: string }
  /** Authenticated by a credential of the instance, such as an API key. */
  | { readonly kind: 'principal'; readonly principal: Principal }

/** The options of `introspectionHandler`. */
export interface IntrospectionHandlerOptions {
  /** The instance that verifies the tokens, and callers other than `clients`. */
  readonly auth: DualAuth
  /**
   * Resource servers that authenticate by `client_secret_basic`. Default: none, so callers need a credential of `auth`.
   */
  readonly clients?: readonly IntrospectingClient[]
  /** The permission that a caller with a credential of `auth` needs. Default `tokens:introspect`. */
  readonly permission?: RegisteredPermission
  /**
   * Whether this caller may know about this principal. False: the answer is the same as for an unknown token. Default:
   * always.
   */
  readonly mayKnow?: (principal: Principal, caller: IntrospectionCaller) => boolean | Promise<boolean>
  /** Further JSON members of the answer about an active token. They do not replace standard members. */
  readonly describe?: (
    principal: Principal,
    caller: IntrospectionCaller,
  ) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
  /**
   * Whether each check bypasses every cache. Default false: a token revoked elsewhere may stay active for as long as
   * `auth` remembers it.
   */
  readonly fresh?: boolean
  /** The largest body of a request. Default 16,384. */
  readonly maxBodyBytes?: number
}

const MINIMUM_SECRET_LENGTH = 32
const secret = z
  .string(`a string of at least ${MINIMUM_SECRET_LENGTH} characters`)
  .check(z.minLength(MINIMUM_SECRET_LENGTH))
const client = object({
  // A colon ends it in the field. RFC 7617 section 2.
  id: z.string('1 to 256 printable characters without a colon').check(z.regex(/^[\x20-\x39\x3b-\x7e]{1,256}$/)),
  secrets: z.array(secret).check(z.minLength(1)),
})

const schema = object({
  auth: withMethods<DualAuth>(['authenticate', 'authorize', 'respond'], 'what createDualAuth() returned'),
  clients: z._default(z.array(client), []),
  permission: z._default(permission, 'tokens:introspect'),
  mayKnow: z.exactOptional(functionOption<NonNullable<IntrospectionHandlerOptions['mayKnow']>>()),
  describe: z.exactOptional(functionOption<NonNullable<IntrospectionHandlerOptions['describe']>>()),
  fresh: z._default(z.boolean(), false),
  maxBodyBytes: z._default(wholeBetween(256, 1_048_576), 16_384),
})

type Defaulted = 'clients' | 'permission' | 'fresh' | 'maxBodyBytes'

/** The options with their defaults. */
export type Settings = Omit<IntrospectionHandlerOptions, Defaulted> &
  Required<Pick<IntrospectionHandlerOptions, Defaulted>>

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseIntrospectionHandlerOptions(options: unknown): Settings {
  const settings = parseOptions(schema, options, 'introspectionHandler')
  const ids = settings.clients.map(({ id }) => id)
  const twice = ids.findIndex((id, place) => ids.indexOf(id) !== place)
  if (twice >= 0) throw optionError(`introspectionHandler.clients[${twice}].id`, 'stands twice')
  return settings as Settings
}
