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

/** Who asks about a token. */
export type IntrospectionCaller =
  | { readonly kind: 'client'; readonly id: string }
  /** By a credential of the instance, such as an API key. */
  | { readonly kind: 'principal'; readonly principal: Principal }

/** The options of `introspectionHandler`. */
export interface IntrospectionHandlerOptions {
  /** The instance that judges the tokens, and callers that are no `clients`. */
  readonly auth: DualAuth
  /** Resource servers that authenticate by `client_secret_basic`. Default: none, so that callers bring a credential of `auth`. */
  readonly clients?: readonly IntrospectingClient[]
  /** What a caller needs that brings a credential of `auth`. Default `tokens:introspect`. */
  readonly permission?: RegisteredPermission
  /** Whether this caller may know about this principal; false answers as for a token that nobody knows. Default: it may. */
  readonly mayKnow?: (principal: Principal, caller: IntrospectionCaller) => boolean | Promise<boolean>
  /** Further members of the answer about an active token, as JSON. They do not replace those that are there. */
  readonly describe?: (
    principal: Principal,
    caller: IntrospectionCaller,
  ) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
  /** Whether each token is judged past every cache. Default false: what was revoked elsewhere may be active for as long as `auth` remembers it. */
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
