import type { DualAuth, RefreshStore } from '@dualauth/core'
import { functionOption, nonEmpty, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { TokenProvider } from './token-provider.js'

/** A refresh token came again that had been replaced: somebody else has it, too. */
export interface RefreshTokenReuse {
  /** Of the access token that the family had last. */
  readonly verifier: string | null
  readonly principalId: string | null
  readonly sessionId: string | null
}

/** Refresh tokens in bodies, for clients that can keep no cookie. */
export interface BodyTokensOptions {
  /** Where people signed in: `oidcTokens({ … })` or `workosTokens({ … })`. */
  readonly provider: TokenProvider
  /** Seal refresh tokens and what is stored of them. Newest first, at least 32 characters each; every one still opens. */
  readonly secrets: readonly string[]
  /**
   * Shared by the instances of the app. Default: the memory of this endpoint, for an app of one process in development: it ends with the process, knows nothing
   * of another endpoint's, and has room for 10,000 families, of 50,000 for enough to notice reuse.
   */
  readonly store?: RefreshStore
  /** How long a refresh token that was replaced gets the same answer again, as for one that was lost on the way. Default 30, at most 600. */
  readonly graceSeconds?: number
  /**
   * How long the store remembers a family that is not used. A refresh token that was given here is good for no longer: nobody would know
   * whether its family was ended. Default 2,592,000: 30 days.
   */
  readonly rememberSeconds?: number
  /** A refresh token was used again after its grace; its family has been ended. */
  readonly onReuse?: (reuse: RefreshTokenReuse) => void
  /** What failed at the provider, the store, or on the way to them. */
  readonly onError?: (cause: unknown) => void
}

/** The options of `refreshEndpoint`. */
export interface RefreshEndpointOptions {
  /** The instance that judges sessions and access tokens, and links them to accounts. */
  readonly auth: DualAuth
  /** Takes refresh tokens in bodies, and gives tokens in JSON. Default: neither, and the session is the cookie. */
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
