import type { DualAuth, RefreshStore } from '@dualauth/core'
import { functionOption, nonEmpty, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { TokenProvider } from './token-provider.js'

/** A replaced refresh token was used again: somebody else has it, too. */
export interface RefreshTokenReuse {
  /** The verifier of the family's last access token. */
  readonly verifier: string | null
  readonly principalId: string | null
  readonly sessionId: string | null
}

/** Refresh tokens in bodies, for clients that cannot store cookies. */
export interface BodyTokensOptions {
  /** Where people signed in: `oidcTokens({ … })` or `workosTokens({ … })`. */
  readonly provider: TokenProvider
  /**
   * Secrets that seal refresh tokens and their stored state. Newest first, at least 32 characters each. All of them
   * still open seals.
   */
  readonly secrets: readonly string[]
  /**
   * A store shared by the instances of the app. Default: the memory of this endpoint, for one process in development.
   * It is lost with the process, is not shared with other endpoints, and holds 10,000 families, and for 50,000 enough
   * to detect reuse.
   */
  readonly store?: RefreshStore
  /**
   * How long a replaced refresh token gets the same answer again, in seconds, in case the first answer was lost.
   * Default 30, at most 600.
   */
  readonly graceSeconds?: number
  /**
   * How long the store remembers an unused family, in seconds. A refresh token from here is valid for no longer,
   * because it would be unknown whether its family has ended. Default 2,592,000: 30 days.
   */
  readonly rememberSeconds?: number
  /** Called when a refresh token was used again after its grace period. Its family has been ended. */
  readonly onReuse?: (reuse: RefreshTokenReuse) => void
  /** Called with failures of the provider or the store, and of connections to them. */
  readonly onError?: (cause: unknown) => void
}

/** The options of `refreshEndpoint`. */
export interface RefreshEndpointOptions {
  /** The instance that verifies sessions and access tokens, and links them to accounts. */
  readonly auth: DualAuth
  /** Accepts refresh tokens in bodies and returns tokens as JSON. Default: no; the session is the cookie. */
  readonly bodyTokens?: BodyTokensOptions
  /** The largest body of a request. Default 16,384. */
  readonly maxBodyBytes?: number
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

const MINIMUM_SECRET_LENGTH = 32
const secret = z
  .string(`a string of at least ${MINIMUM_SECRET_LENGTH} characters`)
  .check(z.minLength(MINIMUM_SECRET_LENGTH))

type DefaultedBodyTokens = 'graceSeconds' | 'rememberSeconds'

/** With the defaults filled in. */
export type BodyTokens = Omit<BodyTokensOptions, DefaultedBodyTokens> &
  Required<Pick<BodyTokensOptions, DefaultedBodyTokens>>

/** Of the option `bodyTokens`. */
export const bodyTokensOption: z.ZodMiniType<BodyTokens> = object({
  provider: withMethods<TokenProvider>(['refresh', 'revoke'], 'a provider such as oidcTokens({ … })').check(
    z.refine(({ id }) => typeof id === 'string' && id !== '', 'a provider with an id of its own'),
  ),
  secrets: nonEmpty(secret),
  store: z.exactOptional(
    withMethods<RefreshStore>(['add', 'get', 'set', 'delete'], 'an object with add, get, set and delete'),
  ),
  graceSeconds: z._default(wholeBetween(0, 600), 30),
  rememberSeconds: z._default(wholeBetween(3_600, 34_560_000), 2_592_000),
  onReuse: z.exactOptional(functionOption<NonNullable<BodyTokensOptions['onReuse']>>()),
  onError: z.exactOptional(functionOption<NonNullable<BodyTokensOptions['onError']>>()),
})

const schema = object({
  auth: withMethods<DualAuth>(
    ['guard', 'authenticate', 'revoke', 'signOut', 'respond'],
    'what createDualAuth() returned',
  ),
  bodyTokens: z.exactOptional(bodyTokensOption),
  maxBodyBytes: z._default(wholeBetween(256, 1_048_576), 16_384),
  now: z._default(functionOption<() => number>(), () => Date.now),
})

type Defaulted = 'maxBodyBytes' | 'now'

/** With the defaults filled in. */
export type Settings = Required<Pick<RefreshEndpointOptions, 'auth' | Defaulted>> & {
  readonly bodyTokens?: BodyTokens | undefined
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseRefreshOptions(options: unknown): Settings {
  return parseOptions(schema, options, 'refreshEndpoint')
}
